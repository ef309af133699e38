"""The watch over every page (conftest.py) sees what it is there for; otherwise all else proves little."""


def test_the_watch_sees_every_kind_of_trouble(page, trouble, expected_trouble):
    expected_trouble.append("")  # all of it
    page.goto("/")
    page.evaluate("console.warn('varning')")
    page.evaluate("void setTimeout(() => { throw Error('oväntat') })")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.evaluate("alert('hej')")
    with page.expect_event("requestfailed"):
        page.evaluate("void (location = 'http://127.0.0.1:1/')")

    for sign in (
        "console: varning",
        "oväntat",
        "Content Security Policy",
        "dialog: hej",
        "http://127.0.0.1:1/",
    ):
        assert [text for text in trouble if sign in text], sign


def test_every_test_here_is_marked_as_a_browser_test(request):
    assert [mark.name for mark in request.node.iter_markers()] == ["browser"]
