from tests.helpers import joomla

collect_ignore = [] if joomla.FOLDER else ["test_shared_site.py"]
