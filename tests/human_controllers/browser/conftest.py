"""One Chromium for all tests of the page, and for each test a seat of its own."""

import pytest


@pytest.fixture(scope="session")
def chromium():
    pytest.importorskip("selenium", reason="selenium drives Chromium: pip install selenium")
    from chromium import CHROMEDRIVER, CHROMIUM, start_chromium

    if not (CHROMIUM and CHROMEDRIVER):
        pytest.skip("no chromium and chromedriver here: .ci/install-libraries installs Debian's")
    driver = start_chromium()
    yield driver
    driver.quit()


@pytest.fixture
def page(chromium, lessons):  # the visitor leaves before the lesson ends
    """A visitor, at the end of whose visit Chromium has nothing to complain of."""
    from chromium import Page

    visitor = Page(chromium)
    yield visitor
    said = visitor.complaints()
    visitor.prefer()
    chromium.get("about:blank")
    assert said == []


@pytest.fixture
def lessons(tmp_path):
    """Begins runs whose seat is in the browser."""
    pytest.importorskip("fastapi", reason="the seat's server: pip install 'coachable[browser]'")
    from lesson import Lesson

    begun = []

    def begin(**settings):
        begun.append(Lesson(tmp_path, **settings))
        return begun[-1]

    yield begin
    for lesson in begun:
        lesson.end()
