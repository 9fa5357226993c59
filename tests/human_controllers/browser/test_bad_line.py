"""What becomes of a person's marks when the line or the server fails: each arrives once."""

from teaching import Kind

LOSE_THE_RECEIPT = """
const Real = window.WebSocket;
window.WebSocket = class extends Real {
  set onmessage(hear) {
    super.onmessage = (event) => {
      if (window.lose && typeof event.data === "string" && event.data.includes('"kept"')) {
        window.lose = false;
        window.lost = event.data;
        this.close();
      } else hear?.(event);
    };
  }
};
"""


def judged(lesson):
    return [float(row.record.value[0]) for row in lesson.kept(Kind.EVALUATION)]


def test_a_mark_whose_receipt_was_lost_is_sent_again_under_the_same_id(page, lessons):
    run = lessons()
    script = page.cdp("Page.addScriptToEvaluateOnNewDocument", source=LOSE_THE_RECEIPT)
    try:
        page.open(run.address)
    finally:
        page.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=script["identifier"])
    page.until(lambda: page.sent("shown"), "a picture")
    page.driver.execute_script("window.lose = true")
    page.press("+")
    page.until(lambda: page.driver.execute_script("return window.lost"), "the receipt")
    page.until(lambda: len(page.sent("hello")) == 2, "the second connection")
    page.until(lambda: page.text("given") == "1 saved", "the second receipt")
    first, second = page.sent("judge")
    assert first == second
    assert judged(run) == [1]


def test_marks_made_while_the_server_is_away_survive_even_a_reload(page, lessons):
    page.expected = ["ERR_CONNECTION", "WebSocket connection", "ERR_INVALID"]
    run = lessons()
    page.open(run.address)
    page.until(lambda: page.sent("shown"), "a picture")
    run.crash()
    page.until(lambda: "Trying again" in page.connection(), "the loss")
    assert page.find("stage").get_attribute("data-driver") == "nobody"
    page.press("+", "-")
    page.until(lambda: "2 on the way" in page.text("given"), "two marks on their way")
    assert "saved" not in page.text("given")
    again = lessons(after=run)
    page.driver.get(again.address)  # the name is remembered, and so are the marks
    page.until(lambda: page.text("given") == "2 saved", "two marks on the disk")
    assert judged(again) == [1, -1]


def test_another_run_at_the_same_place_does_not_get_them(page, lessons):
    page.expected = ["ERR_CONNECTION", "WebSocket connection", "403", "ERR_INVALID"]
    run = lessons()
    page.open(run.address)
    page.until(lambda: page.sent("shown"), "a picture")
    run.crash()
    page.until(lambda: "Trying again" in page.connection(), "the loss")
    page.press("+")
    again = lessons(after=run, token="b" * 32)
    page.until(lambda: "not valid any more" in page.connection(), "the refusal")
    assert "1 of your marks" in page.text("notice")
    assert judged(again) == []


def test_the_end_of_the_run_is_said_and_nothing_is_tried_again(page, lessons):
    run = lessons()
    page.open(run.address)
    run.end()
    page.until(lambda: page.connection() == "training has ended", "the end")
    assert page.text("notice") == "training has ended"
    assert not page.shows("retry")
