"""How dates and times are written in Swedish running text, where Django's own formats differ."""

DATE_FORMAT = "j F Y"  # 21 april 2019
TIME_FORMAT = r"\k\l. H.i"  # kl. 18.30
DATETIME_FORMAT = r"j F Y \k\l. H.i"
SHORT_DATETIME_FORMAT = "Y-m-d H.i"
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m %Y", "%d/%m/%Y", "%d.%m.%Y"]
TIME_INPUT_FORMATS = ["%H:%M", "%H.%M", "%H:%M:%S"]
