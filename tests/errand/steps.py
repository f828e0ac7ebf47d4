"""Stretches of an errand that several tests walk, in Chinese as a terminal begins."""

from __future__ import annotations

from tests.errand.conftest import Hands
from tests.errand.kiosk import Kiosk

WELCOME = "今天办什么事"


def start(kiosk: Kiosk, hands: Hands, number: int) -> None:
    """From the first screen to the first question."""
    kiosk.at(WELCOME)
    kiosk.tap("开始办理")
    kiosk.at("请把身份证放在亮灯的地方")
    hands.place(number)
    kiosk.at("给谁查")


def to_child_form(kiosk: Kiosk, hands: Hands) -> None:
    """From the first screen to the form for a child whose card is not at hand."""
    start(kiosk, hands, 17)
    kiosk.tap("全家一起查")
    kiosk.at("请把家人加进来")
    kiosk.tap("加未成年子女")
    kiosk.at("请出示孩子的证件")
    kiosk.tap("没带对方的证件")
    kiosk.at("请填写孩子的姓名和身份证号")


def answer_the_rest(kiosk: Kiosk) -> None:
    """Where, what for, for whom."""
    kiosk.at("查哪些地方")
    kiosk.tap("选好了")
    kiosk.at("拿去做什么用")
    kiosk.tap("子女入学")
    kiosk.at("交给哪个单位")
    kiosk.tap("普宁市教育局")


def take_and_finish(kiosk: Kiosk, hands: Hands) -> None:
    """From the confirmation to the first screen again."""
    kiosk.tap("打印 1 份")
    kiosk.at("请取走您的东西")
    hands.take()
    kiosk.tap("都拿好了")
    kiosk.at("办好了")
    kiosk.tap("完成")
    kiosk.at(WELCOME)
