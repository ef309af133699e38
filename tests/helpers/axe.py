"""What axe finds on a page."""

from axe_playwright_python.sync_playwright import Axe

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "preload": False,  # fetches each style sheet once more, for rules that are not among these
    "resultTypes": ["violations"],  # of what passes one element a rule is enough
}
SCRIPT = Axe().axe_script
# Colours that change slowly are looked at when they have changed.
LOOK = """async rules => {
    await Promise.allSettled(document.getAnimations().map(one => one.finished));
    return axe.run(rules);
}"""


def violations(page):
    if not page.evaluate("'axe' in window"):  # to put it in takes longer than the second look
        page.evaluate(SCRIPT)
    found = page.evaluate(LOOK, RULES)
    assert found["passes"]  # or a page that axe could not read would pass
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]]
