"""The verification page and the rehearsal desk in a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.gallery import TOKEN, Gallery


def opened(browser: Browser, address: str, path: str) -> Page:
    page = browser.new_context(locale="zh-CN").new_page()
    page.goto(f"{address}{path}#t={TOKEN}")
    page.wait_for_selector("main")
    return page


@pytest.mark.parametrize(
    ("verdict", "word"),
    [("valid", "有效"), ("void", "已作废"), ("altered", "被改动过"), ("unknown", "查不到")],
)
def test_a_scanned_code_is_judged_in_large_words(
    browser: Browser, address: str, verdict: str, word: str
) -> None:
    page = opened(browser, address, "/verify")
    page.keyboard.type(verdict)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=word, exact=True)).to_be_visible()
    page.get_by_role("button", name="再核验一张").click()
    expect(page.get_by_label("二维码里的编码")).to_have_value("")
    page.context.close()


def test_a_file_is_judged_and_other_files_are_not_sent(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    picture, paper = tmp_path / "a.png", tmp_path / "a.pdf"
    picture.write_bytes(b"\x89PNG")
    paper.write_bytes(b"%PDF-1.7")
    page = opened(browser, address, "/verify")
    page.set_input_files("input[type=file]", picture)
    expect(page.get_by_role("alert")).to_have_text("请选 PDF 文件")
    page.set_input_files("input[type=file]", paper)
    expect(page.get_by_role("heading", name="有效")).to_be_visible()
    page.context.close()


def test_a_card_is_laid_down_by_click_and_by_drag_and_taken_away(
    browser: Browser, gallery: Gallery, address: str
) -> None:
    page = opened(browser, address, "/rehearsal")
    page.get_by_role("button", name="李秀兰").click()
    expect(page.get_by_role("status", name="").first).to_be_visible()
    expect(page.get_by_text("读好了")).to_be_visible()
    assert gallery.desk.card == 1
    page.get_by_role("button", name="拿走这张卡").click()
    expect(page.get_by_text("等着放卡").first).to_be_visible()
    expect(page.get_by_text("读好了")).to_have_count(0)
    page.drag_and_drop("li:has-text('陈志强') button", ".pad")
    expect(page.locator(".pad")).to_contain_text("陈志强")
    page.context.close()


def test_a_paper_is_looked_at_and_taken(browser: Browser, gallery: Gallery, address: str) -> None:
    gallery.desk.tray = ["7"]
    page = opened(browser, address, "/rehearsal")
    page.get_by_role("button", name="放大看这张纸").click()
    expect(page.locator("dialog img")).to_be_visible()
    page.get_by_role("button", name="关闭").click()
    page.get_by_role("list", name="出纸口", exact=True).get_by_role("button", name="拿走").click()
    expect(page.get_by_text("还没有纸出来")).to_be_visible()
    assert gallery.desk.taken == ["7"]
    page.context.close()


def test_a_fault_is_switched_on_and_all_are_switched_off(
    browser: Browser, gallery: Gallery, address: str
) -> None:
    page = opened(browser, address, "/rehearsal")
    page.get_by_role("switch", name="卡纸").click()
    expect(page.get_by_role("switch", name="卡纸")).to_be_checked()
    assert gallery.desk.faults == {"printer-paper-jam"}
    page.get_by_role("button", name="全部关上").click()
    expect(page.get_by_text("没有打开的故障")).to_be_visible()
    assert gallery.desk.faults == set()
    page.context.close()


def test_other_devices_show_their_values_and_take_simple_acts(
    browser: Browser, gallery: Gallery, address: str
) -> None:
    page = opened(browser, address, "/rehearsal")
    others = page.get_by_role("region", name="其他设备")
    scanner = others.get_by_role("listitem").filter(has_text="扫码器")
    expect(scanner).to_contain_text("扫过")
    scanner.get_by_label("码里的字").fill("YM1.abc")
    scanner.get_by_role("button", name="扫一下").click()
    social = others.get_by_role("listitem").filter(has_text="社保卡读卡器")
    social.get_by_label("谁的卡").select_option("2")
    social.get_by_role("button", name="放上").click()
    travel = others.get_by_role("listitem").filter(has_text="出入境证件阅读器")
    travel.get_by_role("button", name="放上").click()
    others.get_by_role("button", name="拔掉电源").click()
    page.get_by_role("switch", name="扫码器没插").click()
    expect(page.get_by_role("switch", name="扫码器没插")).to_be_checked()
    expect(others.get_by_text("扫码灯", exact=True)).to_be_visible()
    assert gallery.desk.asked == [
        ("code-scanner", "scan", {"text": "YM1.abc"}),
        ("social-security-card-reader", "place", {"resident": 2}),
        ("travel-document-reader", "place", {"document": "passport"}),
        ("ups", "unplug", {}),
    ]
    page.context.close()


def test_the_kiosk_opens_from_the_desk_with_the_token(browser: Browser, address: str) -> None:
    page = opened(browser, address, "/rehearsal")
    with page.context.expect_page() as opening:
        page.get_by_role("link", name="打开终端画面").click()
    kiosk = opening.value
    kiosk.wait_for_selector("main h1")
    assert TOKEN not in kiosk.url
    page.context.close()
