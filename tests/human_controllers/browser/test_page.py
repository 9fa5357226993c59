"""What the page is to everybody: small screens, no mouse, weak eyes, a bad line."""

import json

import pytest

Keys = pytest.importorskip("selenium.webdriver.common.keys", reason="needs selenium").Keys
connect = pytest.importorskip("websockets.sync.client", reason="needs websockets").connect

OVERFLOW = """
const wide = document.documentElement.clientWidth;
return [...document.querySelectorAll("body *")].filter((e) => {
  const b = e.getBoundingClientRect();
  return b.width && !e.closest(".unseen") && (b.right > wide + 0.5 || b.left < -0.5);
}).map((e) => e.tagName + "#" + e.id + "." + e.className);
"""

CONTRAST = """
const parse = (c) => (c.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
  .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (e) => {
  for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c;
  }
  return [255, 255, 255];
};
const poor = [];
for (const e of document.querySelectorAll("body *")) {
  const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
  const box = e.getBoundingClientRect();
  if (!own || box.width < 2 || !e.checkVisibility()) continue;
  if (e.closest("svg, :disabled, .unseen")) continue;
  let alpha = 1;
  for (let up = e; up; up = up.parentElement) alpha *= Number(getComputedStyle(up).opacity);
  const under = ground(e);
  const ink = parse(getComputedStyle(e).color).slice(0, 3)
    .map((v, i) => alpha * v + (1 - alpha) * under[i]);
  const [a, b] = [light(ink), light(under)].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) poor.push([ratio.toFixed(2), e.tagName, e.textContent.slice(0, 30)]);
}
return poor;
"""


def test_nothing_is_loaded_from_anywhere_else(page, lessons):
    run = lessons(asks=["preference"])
    page.open(run.address)
    page.press("q")
    page.until(lambda: page.all("#ask canvas[data-frame]"), "clips")
    names = page.driver.execute_script("return performance.getEntries().map((entry) => entry.name)")
    loaded = [name for name in names if ":" in name]
    origin = run.address.split("/?")[0]
    assert loaded
    assert all(name.startswith((origin, "blob:" + origin)) for name in loaded)


@pytest.mark.parametrize("kind", ["preference", "ranking", "correction"])
def test_a_phone_shows_all_without_scrolling_sideways(page, lessons, kind):
    page.size(360, 640, phone=True)
    page.open(lessons(asks=[kind]).address)
    page.find("takeover").click()
    page.until(lambda: page.text("driver-words").upper() == "YOU ARE IN CONTROL", "taking over")
    assert page.driver.execute_script(OVERFLOW) == []
    bottom = "return document.querySelector('.pad').getBoundingClientRect().bottom"
    assert page.driver.execute_script(bottom) <= 640
    page.find("to-question").click()
    page.until(lambda: page.all("#ask canvas[data-frame]"), "clips")
    assert page.driver.execute_script(OVERFLOW) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(page, lessons, scheme):
    page.prefer(color_scheme=scheme)
    lesson = lessons(asks=["ranking"])
    page.open(lesson.address)
    page.until(lambda: page.sent("shown"), "a picture")
    page.press("+")
    page.press("/", *"slow", Keys.ENTER, Keys.ESCAPE)
    page.until(lambda: page.text("given") == "2 saved", "words")
    lesson.seat.understood("slow", "drive slower")
    page.until(lambda: "drive slower" in page.text("sayings"), "their meaning")
    assert page.driver.execute_script(CONTRAST) == []
    page.press(" ")
    page.until(lambda: page.text("driver-words").upper() == "YOU ARE IN CONTROL", "taking over")
    assert page.driver.execute_script(CONTRAST) == []
    page.press("q")
    page.until(lambda: page.all("#ask canvas[data-frame]"), "clips")
    page.driver.execute_async_script("setTimeout(arguments[0], 450)")
    page.press("3")
    assert page.all(".clip.chosen")
    assert page.driver.execute_script(CONTRAST) == []


def focus(page):
    """What has the focus, and whether that can be seen."""
    return page.driver.execute_script(
        "const e = document.activeElement; const s = getComputedStyle(e);"
        "const seen = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2;"
        "return [e.id || e.textContent, seen]"
    )


def test_the_tab_key_reaches_everything_and_one_sees_where_it_is(page, lessons):
    page.open(lessons(asks=["preference"]).address)
    page.press("q")
    page.until(lambda: page.all("#ask canvas[data-frame]"), "clips")
    page.press("q")
    reached = []
    for _ in range(12):
        page.press(Keys.TAB)
        reached.append(focus(page))
    names = [name for name, _ in reached]
    for name in (
        "leave",
        "to-live",
        "to-question",
        "takeover",
        "praise",
        "blame",
        "pause",
        "saying",
    ):
        assert name in names
    assert all(seen for name, seen in reached if name in names[:8])
    # A focused button is pressed by the space bar, and nobody takes over.
    page.driver.execute_script("document.activeElement.blur()")
    page.find("praise").send_keys(" ")
    page.until(lambda: page.sent("judge"), "praise")
    assert page.sent("control") == []


def test_whoever_asks_for_less_motion_gets_standing_clips(page, lessons):
    page.prefer(reduced_motion="reduce")
    page.open(lessons(asks=["preference"]).address)
    page.until(lambda: page.all("#ask canvas[data-frame]"), "clips")
    page.driver.execute_async_script("setTimeout(arguments[0], 400)")
    assert [c.get_attribute("data-frame") for c in page.all("#ask canvas")] == ["0", "0"]


def test_a_tab_that_is_hidden_says_so_and_gives_back_the_controls(page, lessons):
    page.open(lessons().address)
    page.press(" ")
    page.until(lambda: page.text("driver-words").upper() == "YOU ARE IN CONTROL", "taking over")
    here = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    page.driver.close()
    page.driver.switch_to.window(here)
    page.until(lambda: page.sent("looking")[-1]["at"] == "live", "looking again")
    assert [message["at"] for message in page.sent("looking")][-2:] == ["away", "live"]
    assert page.sent("control")[-1]["on"] is False


def test_only_one_person_is_in_control_and_the_others_see_who(page, lessons):
    lesson = lessons()
    page.open(lesson.address)
    address = lesson.address.replace("http", "ws").replace("/?", "/ws?")
    with connect(address) as other:
        other.send(json.dumps({"t": "hello", "name": "Grace <i>", "wants": []}))
        other.send(json.dumps({"t": "control", "on": True}))
        page.until(lambda: page.text("driver-words") == "Grace <i> is in control", "the other")
        assert page.find("stage").value_of_css_property("border-top-style") == "dashed"
        page.press(" ")
        page.until(lambda: page.text("notice") == "Grace <i> is in control", "the refusal")
    page.until(lambda: page.text("driver-words") == "The agent is in control", "the agent")


def test_a_person_can_change_their_name(page, lessons):
    page.open(lessons().address)
    page.press(" ")
    page.until(lambda: page.text("driver-words").upper() == "YOU ARE IN CONTROL", "taking over")
    page.find("leave").click()
    assert not page.shows("room") and not page.shows("notice")
    page.find("name").clear()
    page.find("name").send_keys("Lin", Keys.ENTER)
    page.until(lambda: page.text("you") == "You are Lin", "the other name")
    page.until(lambda: page.text("driver-words") == "The agent is in control", "the agent")


def test_an_address_of_another_run_is_refused_in_words(page, lessons):
    page.expected = ["403", "favicon"]
    run = lessons()
    page.driver.get(run.address[:-1] + "x")
    assert "coachable" not in page.driver.page_source
