"""Nothing that a volunteer wrote is lost: versions, comparison, the trash, two people in one form.

Built on django-reversion. Knows no model of the site; the apps say with `versioned` what a version holds.
"""
