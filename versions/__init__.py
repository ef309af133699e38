"""Nothing that a volunteer wrote is lost: versions, comparison, the bin, two people in one form.

Built on django-reversion. Knows no model of the site; contacts and news say with `versioned` what is kept.
"""
