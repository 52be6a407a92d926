"""What a person does: buy in the React app, watch it happen, find the story in the back office. Nothing is faked."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.fixtures.desk import RunningDesk

pytestmark = pytest.mark.e2e
# Every status change on this path crosses five processes; the wait is a bound, not a measurement.
SOON = 15_000


@pytest.fixture(autouse=True)
def calm_market(running_desk: RunningDesk) -> Iterator[None]:
    """AAPL and MSFT stand still with plenty of size, so that what is bought is bought at once and at a known price."""
    for symbol, bid, ask in (("AAPL", "189.99", "190.01"), ("MSFT", "419.99", "420.01")):
        running_desk.simulator.post(
            "/prices",
            {"symbol": symbol, "bid": bid, "ask": ask, "bid_size": "5000", "ask_size": "5000", "frozen": True},
        )
    yield
    for symbol in ("AAPL", "MSFT"):
        running_desk.simulator.post("/prices", {"symbol": symbol, "frozen": False})


def sign_in(page: Page, desk: RunningDesk, password: str | None = None) -> None:
    page.goto(desk.base_url)
    page.get_by_label("Username").fill(desk.username)
    page.get_by_label("Password").first.fill(password or desk.password)
    page.get_by_role("button", name="Sign in").click()


def choose(page: Page, symbol: str) -> None:
    page.get_by_label("Instrument", exact=True).fill(symbol)
    page.get_by_role("option", name=re.compile(rf"^{symbol}\b")).first.click()


def place(page: Page, *, symbol: str, side: str, quantity: str, limit: str | None = None) -> None:
    choose(page, symbol)
    page.get_by_label("Side").get_by_text(side, exact=False).first.click()
    page.get_by_label("Quantity", exact=True).fill(quantity)
    if limit is not None:
        page.get_by_label("Order type").select_option("LMT")
        page.get_by_label("Limit price", exact=True).fill(limit)
    page.get_by_role("button", name="Review order").click()
    page.get_by_role("button", name="Place order").click()


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=re.compile(rf"^{name}")).click()


def rows(page: Page, table: str) -> Locator:
    return page.get_by_role("table", name=table, exact=True).locator("tbody").get_by_role("row")


def test_buy_100_aapl_and_find_it_in_the_back_office(page: Page, running_desk: RunningDesk) -> None:
    sign_in(page, running_desk)
    expect(page.get_by_label("Gateway state")).to_contain_text(re.compile("ready|connected", re.I), timeout=SOON)
    place(page, symbol="AAPL", side="Buy", quantity="100")
    placed = page.get_by_label("Order placed")
    expect(placed).to_contain_text("Filled", timeout=SOON)
    expect(placed).to_contain_text("190.01")

    open_tab(page, "Fills")
    fill = rows(page, "Fills").first
    expect(fill).to_contain_text("AAPL", timeout=SOON)
    expect(fill).to_contain_text("190.01")
    open_tab(page, "Positions")
    expect(rows(page, "Positions").filter(has_text="AAPL")).to_contain_text("100", timeout=SOON)

    page.goto(f"{running_desk.base_url}/admin/trading/order/?q=AAPL")
    page.locator("#result_list tbody tr a").first.click()
    story = page.locator("#content, main").first
    for words in ("submitted", "send reserved", "filled", "execDetails", "commissionReport", "190.01"):
        expect(story).to_contain_text(re.compile(words.replace(" ", "[ _]"), re.I))


def test_a_limit_order_is_modified_and_cancelled_by_hand(page: Page, running_desk: RunningDesk) -> None:
    sign_in(page, running_desk)
    place(page, symbol="MSFT", side="Buy", quantity="10", limit="400.00")
    open_tab(page, "Working")
    order = rows(page, "Working orders").filter(has_text="MSFT")
    expect(order).to_contain_text("Working", timeout=SOON)

    order.get_by_role("button", name="Modify buy MSFT").click()
    page.get_by_label("New limit price").fill("401.50")
    page.get_by_role("button", name="Send change").click()
    expect(order).to_contain_text("401.5", timeout=SOON)

    order.get_by_role("button", name="Cancel buy MSFT").click()
    expect(rows(page, "Working orders").filter(has_text="MSFT")).to_have_count(0, timeout=SOON)
    open_tab(page, "Orders")
    expect(rows(page, "Orders").filter(has_text="MSFT").first).to_contain_text("Cancelled", timeout=SOON)


def test_two_windows_show_the_same_without_a_reload(
    page: Page, context: BrowserContext, running_desk: RunningDesk
) -> None:
    sign_in(page, running_desk)
    expect(page.get_by_label("Live stream")).to_contain_text(re.compile("live", re.I), timeout=SOON)
    other = context.new_page()
    other.goto(running_desk.base_url)
    expect(other.get_by_label("Live stream")).to_contain_text(re.compile("live", re.I), timeout=SOON)
    open_tab(other, "Working")
    place(page, symbol="MSFT", side="Sell", quantity="7", limit="450.00")
    theirs = rows(other, "Working orders").filter(has_text="MSFT")
    expect(theirs).to_contain_text("Working", timeout=SOON)
    theirs.get_by_role("button", name="Cancel sell MSFT").click()
    expect(page.get_by_label("Order placed")).to_contain_text("Cancelled", timeout=SOON)


def test_a_wrong_password_is_told_in_words(page: Page, running_desk: RunningDesk) -> None:
    sign_in(page, running_desk, password="not the password at all")
    expect(page.get_by_role("alert")).to_be_visible(timeout=SOON)
    expect(page.get_by_label("Username")).to_be_visible()


def test_markup_in_a_search_stays_text(page: Page, running_desk: RunningDesk) -> None:
    alarms: list[str] = []
    page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
    sign_in(page, running_desk)
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    page.get_by_label("Instrument", exact=True).fill(hostile)
    expect(page.get_by_label("Instruments found")).to_contain_text(hostile[:20], timeout=SOON)
    assert alarms == []
    assert page.locator("img[src=x]").count() == 0


def test_an_order_the_desk_denies_says_why(page: Page, running_desk: RunningDesk) -> None:
    sign_in(page, running_desk)
    place(page, symbol="AAPL", side="Buy", quantity="10001")
    expect(page.get_by_role("alert").first).to_contain_text("limit of 10000", timeout=SOON)


def test_the_page_runs_under_its_own_content_security_policy(page: Page, running_desk: RunningDesk) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    sign_in(page, running_desk)
    expect(page.get_by_label("Gateway state")).to_be_visible(timeout=SOON)
    assert [text for text in complaints if "Content Security Policy" in text] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_ticket_without_scrolling_sideways(
    page: Page, running_desk: RunningDesk, scheme: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    sign_in(page, running_desk)
    expect(page.get_by_label("Gateway state")).to_be_visible(timeout=SOON)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_ticket_works_by_keyboard_alone(page: Page, running_desk: RunningDesk) -> None:
    sign_in(page, running_desk)
    expect(page.get_by_label("Gateway state")).to_contain_text(re.compile("ready|connected", re.I), timeout=SOON)
    page.locator("body").press("/")
    page.keyboard.type("AAPL")
    expect(page.get_by_role("option", name=re.compile("^AAPL")).first).to_be_visible(timeout=SOON)
    page.keyboard.press("Enter")
    page.locator("body").press("Escape")
    page.get_by_label("Quantity", exact=True).focus()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    page.get_by_label("Review order").wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Order placed")).to_contain_text("Filled", timeout=SOON)
