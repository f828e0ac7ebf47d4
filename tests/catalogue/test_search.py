"""Services are found by what people call them, whatever they type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_app.catalogue import search
from kiosk_app.catalogue.search import Entry, ServiceIndex

ENTRIES = (
    Entry(
        "no-housing-certificate",
        ("无房证明", "No-housing certificate"),
        ("住房证明", "房产证明", "首套房证明"),
        "约 2 分钟，免费，当场打印；带上身份证",
    ),
    Entry("provident-fund", ("住房公积金查询", "Provident fund"), ("公积金", "GJJ")),
    Entry("chongqing-bank", ("重庆银行网点", "Bank branches"), (), "办理银行卡要带身份证"),
    Entry("card", ("社会保障卡 (2026 版)", "Social security card"), ("社保卡",)),
)


@pytest.fixture(scope="module")
def index() -> ServiceIndex:
    built = ServiceIndex.build(ENTRIES)
    built.add_pinyin()
    return built


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("无房", "no-housing-certificate"),
        ("房证明", "no-housing-certificate"),
        ("证", "no-housing-certificate"),
        ("无房证明", "no-housing-certificate"),
        ("我要开无房证明", "no-housing-certificate"),
        ("首套房", "no-housing-certificate"),
        ("首套 证明", "no-housing-certificate"),
        ("wufang", "no-housing-certificate"),
        ("wu fang", "no-housing-certificate"),
        ("WFZM", "no-housing-certificate"),
        ("ｗｆｚｍ", "no-housing-certificate"),
        ("fangzhengming", "no-housing-certificate"),
        ("no-hous", "no-housing-certificate"),
        ("certificate", "no-housing-certificate"),
        ("公积金", "provident-fund"),
        ("gjj", "provident-fund"),
        ("gongjijin", "provident-fund"),
        ("prov fund", "provident-fund"),
        ("chongqingyinhang", "chongqing-bank"),
        ("yinhang", "chongqing-bank"),
        ("2026", "card"),
        ("社保卡", "card"),
        ("sbk", "card"),
    ],
)
def test_it_finds_what_is_meant(index: ServiceIndex, text: str, first: str) -> None:
    assert index.find(text)[0] == first


def test_a_title_counts_more_than_a_mention(index: ServiceIndex) -> None:
    assert index.find("银行")[0] == "chongqing-bank"
    assert set(index.find("身份证")) == {"chongqing-bank", "no-housing-certificate"}


@pytest.mark.parametrize("text", ["", " ", "。、！", "\0", "xyzzy", "离婚登记", "😀", "_", "2027"])
def test_what_is_not_there_is_not_found(index: ServiceIndex, text: str) -> None:
    assert index.find(text) == []


@pytest.mark.parametrize(
    "text",
    [
        '"',
        '无房"',
        "无房 OR 公积金",
        "NEAR(无 房)",
        "title : 无房",
        "-无房",
        "无房*",
        "^无房",
        "(((((",
        "'; DROP TABLE service; --",
        "AND",
        "{pinyin} : x",
        "房" * 10_000,
        '"' * 10_000,
        "无 " * 10_000,
    ],
)
def test_no_query_is_an_operator(index: ServiceIndex, text: str) -> None:
    found = index.find(text)
    assert len(found) <= len(ENTRIES)
    assert index.find("无房")[0] == "no-housing-certificate"


@given(st.text(max_size=80) | st.text('无房证明wfzm"*():^-{}+ ANDORNT', max_size=80))
def test_any_text_is_a_query(index: ServiceIndex, text: str) -> None:
    assert set(index.find(text)) <= {entry.id for entry in ENTRIES}


@given(st.integers(0, 3), st.integers(1, 4))
def test_any_part_of_a_title_finds_it(index: ServiceIndex, start: int, length: int) -> None:
    part = "无房证明"[start : start + length]
    assert "no-housing-certificate" in index.find(part)


def test_words_are_found_before_pinyin_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    index = ServiceIndex.build(ENTRIES)
    assert index.find("无房") == ["no-housing-certificate"]
    assert index.find("wufang") == []
    monkeypatch.setattr(search, "romanise", lambda texts: [["x", "y"] for _ in texts])
    index.add_pinyin()
    assert len(index.find("xy")) == len(ENTRIES)
