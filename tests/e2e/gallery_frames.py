"""One realistic frame of every screen kind, with the longest texts that a hall may write."""

from __future__ import annotations

from kiosk_app.screens import (
    Choose,
    Done,
    EnterDocument,
    EnterPerson,
    Family,
    Fault,
    Found,
    Icon,
    Identify,
    IdleWarning,
    Member,
    Option,
    OutOfService,
    Place,
    Progress,
    ProgressStep,
    Refused,
    Review,
    Row,
    Screen,
    Sign,
    Step,
    Take,
    Thing,
    Tile,
    Tone,
    Way,
    Welcome,
)
from kiosk_app.texts import Text

_STEPS = (
    Text(zh="出示身份证", en="Identity card"),
    Text(zh="选择范围", en="Choose scope"),
    Text(zh="核对内容", en="Check details"),
    Text(zh="打印取走", en="Print and take"),
)

_TILES = (
    ("无房证明", "约 2 分钟，免费", "No-housing certificate", "About 2 minutes, free", Icon.HOME),
    (
        "公积金",
        "余额、明细、缴存证明",
        "Provident fund",
        "Balance, records, certificates",
        Icon.DATABASE,
    ),
    (
        "社保与社保卡",
        "参保证明、缴费月数",
        "Social security",
        "Insurance record, months",
        Icon.HEART,
    ),
    ("办税", "完税证明、缴费记录", "Taxes", "Proof of payment, records", Icon.FILE_TEXT),
    ("身份证补换", "到期、丢失、损坏", "Identity card", "Expired, lost, damaged", Icon.ID_CARD),
    ("拍证件照", "身份证、护照、驾驶证", "Identity photo", "Card, passport, licence", Icon.USER),
    (
        "填表交材料",
        "屏幕上填，不用带纸",
        "Fill in and hand in",
        "On the screen, no paper",
        Icon.PEN,
    ),
    ("取号排队", "预约的优先叫号", "Queue ticket", "Appointments come first", Icon.TICKET),
    (
        "办事指南",
        "要带什么、去哪个窗口",
        "Guide to services",
        "What to bring, which window",
        Icon.MAP_PIN,
    ),
    ("复印", "纸张不足，去 2 号机", "Copying", "Out of paper, use terminal 2", Icon.FILE_CHECK),
)


def _steps(now: int) -> tuple[Step, ...]:
    return tuple(
        Step(label=label, state="done" if i < now else "now" if i == now else "next")
        for i, label in enumerate(_STEPS)
    )


def _way(
    action: str, zh: str, en: str, icon: Icon | None = None, *detail: str, best: bool = False
) -> Way:
    return Way(
        action=action,
        label=Text(zh=zh, en=en),
        detail=Text(zh=detail[0], en=detail[1]) if detail else None,
        icon=icon,
        best=best,
    )


def _option(
    value: str,
    zh: str,
    en: str,
    icon: Icon | None = None,
    *detail: str,
    selected: bool = False,
    exclusive: bool = False,
) -> Option:
    return Option(
        value=value,
        label=Text(zh=zh, en=en),
        detail=Text(zh=detail[0], en=detail[1]) if detail else None,
        icon=icon,
        selected=selected,
        exclusive=exclusive,
    )


_PAPER = Thing(
    kind="paper",
    icon=Icon.FILE_CHECK,
    label=Text(zh="证明 1 张", en="1 certificate"),
    place=Text(zh="屏幕下方右边的出口", en="The slot below the screen, on the right"),
)
_CARD = Thing(
    kind="id-card",
    icon=Icon.ID_CARD,
    label=Text(zh="身份证", en="Identity card"),
    place=Text(zh="亮灯的地方", en="The lit pad"),
)


_SOCIAL_CARD = Thing(
    kind="social-card",
    icon=Icon.CARD,
    label=Text(zh="社保卡", en="Social security card"),
    place=Text(zh="右边的插卡口", en="The card slot on the right"),
)


def _welcome(count: int, *, available: bool = True) -> Welcome:
    tiles = tuple(
        Tile(
            service=f"service-{number}",
            title=Text(zh=zh, en=en),
            detail=Text(zh=zh_detail, en=en_detail),
            icon=icon,
            available=number != 9 and available,
        )
        for number, (zh, zh_detail, en, en_detail, icon) in enumerate(_TILES[:count])
    )
    if count == 1:
        tiles = (
            tiles[0].model_copy(
                update={
                    "about": Text(
                        zh="证明您或全家名下没有登记的房屋。子女入学、贷款、提取公积金时用。",
                        en="Shows that you or your family have no registered home: for school "
                        "places, home loans and fund withdrawals.",
                    ),
                    "brings": Text(
                        zh="带上身份证、社保卡或通行证、护照，一种就行；配偶、未成年子女"
                        "一起查的，也带上他们的",
                        en="Bring your identity card, social security card or travel document; for "
                        "your spouse and minor children, if they are to be included, theirs too",
                    ),
                    **(
                        {}
                        if available
                        else {
                            "detail": Text(
                                zh="打印机正在加纸，请到 04 号机",
                                en="Paper is being refilled, please use terminal 04",
                            )
                        }
                    ),
                }
            ),
        )
    return Welcome(
        title=Text(zh="您好，今天办什么事？", en="Hello. What can we do for you today?"),
        tiles=tiles,
    )


def _identify(state: str, notice: Text | None = None) -> Identify:
    return Identify(
        title=Text(
            zh="请把身份证放在亮灯的地方", en="Please lay your identity card on the lit pad"
        ),
        lead=Text(
            zh="读完再拿开，大约 2 秒", en="Leave it there until it is read, about 2 seconds"
        ),
        steps=_steps(0),
        can_go_back=True,
        state=state,  # type: ignore[arg-type]
        notice=notice,
        ways=(
            _way(
                "no-card",
                "没带证件",
                "No card with me",
                Icon.HELP,
                "看看还能怎么办",
                "See what else is possible",
            ),
            _way(
                "staff",
                "请人帮忙",
                "Ask for help",
                Icon.HEADSET,
                "工作人员过来帮您",
                "Staff will come to you",
            ),
        ),
    )


_PLACES = (
    Place(
        kind="id-card",
        label=Text(zh="身份证、居住证", en="Identity card, residence permit"),
        where=Text(zh="亮灯的地方", en="the lit pad"),
        icon=Icon.ID_CARD,
    ),
    Place(
        kind="social-card",
        label=Text(zh="社保卡", en="Social security card"),
        where=Text(zh="右边的插卡口", en="the card slot on the right"),
        icon=Icon.CARD,
    ),
    Place(
        kind="travel-document",
        label=Text(zh="通行证、护照", en="Permit or passport"),
        where=Text(zh="下面的证件台", en="the document tray below"),
        icon=Icon.PASSPORT,
    ),
)


def _identify_places(count: int, state: str = "waiting") -> Identify:
    return _identify(state).model_copy(
        update={
            "title": Text(zh="请出示一种证件", en="Please show one card"),
            "lead": Text(zh="读完再拿开，大约 2 秒", en="Leave it there until it is read"),
            "places": _PLACES[:count],
        }
    )


def _troubled(places: int, trouble: str, zh: str, en: str) -> Identify:
    told = Text(
        zh="没有读好。请拿开，看看芯片脏不脏、是不是朝前朝上，再放一次",
        en="That did not work. Take it out, see that the chip is clean, and put it in again",
    )
    own = {"title": Text(zh=zh, en=en), "lead": None, "notice": told, "trouble": trouble}
    first = 1 if trouble == "unread" else 0
    return _identify_places(places).model_copy(update={**own, "places": _PLACES[first:places]})


def _document(*, problem: bool) -> EnterDocument:
    return EnterDocument(
        title=Text(zh="请填证件资料页上的三样", en="Please enter three things from the data page"),
        lead=Text(zh="用来打开证件里的芯片", en="They open the chip in your document"),
        steps=_steps(0),
        can_go_back=True,
        number="H12345678" if problem else "",
        birth="1985-06-17" if problem else "",
        expiry="2021-01-31" if problem else "",
        problem=Text(
            zh="证件打不开，请看看有效期填得对不对",
            en="The document does not open; please check the last valid day",
        )
        if problem
        else None,
        problem_field="expiry" if problem else None,
        ways=(_way("staff", "请人帮忙", "Ask for help", Icon.HEADSET),),
        confirm=Text(zh="填好了", en="Continue"),
    )


def _sign() -> Sign:
    return Sign(
        title=Text(zh="请签名", en="Please sign"),
        lead=Text(zh="表示以上内容属实，同意提交", en="You confirm that what was shown is true"),
        steps=_steps(2),
        can_go_back=True,
        ways=(_way("type-name", "手不方便，改成打字", "I would rather type my name", Icon.PEN),),
        clear=Text(zh="重签", en="Clear"),
        confirm=Text(zh="签好了", en="I have signed"),
    )


def _rating() -> tuple[Option, ...]:
    words = (
        ("很满意", "Very good"),
        ("满意", "Good"),
        ("一般", "Fair"),
        ("不满意", "Poor"),
        ("很不满意", "Very poor"),
    )
    return tuple(_option(str(5 - i), zh, en) for i, (zh, en) in enumerate(words))


def _progress() -> Progress:
    acts = (
        ("已向不动产登记查询", "The housing register has answered", "09:41:52", "09:41:52", "done"),
        (
            "证明已签名",
            "The certificate is signed",
            "编号 PN-WF-20261124-0000317",
            "Number PN-WF-20261124-0000317",
            "done",
        ),
        (
            "正在出纸",
            "The paper is coming out",
            "从屏幕下方右边的出口出来",
            "From the slot below the screen, on the right",
            "now",
        ),
        ("请取走证明和身份证", "Take the certificate and your card", "", "", "next"),
    )
    return Progress(
        title=Text(zh="正在打印您的证明", en="Printing your certificate"),
        lead=Text(zh="请等一下，约 15 秒", en="One moment please, about 15 seconds"),
        steps=_steps(3),
        can_leave=False,
        fraction=0.62,
        acts=tuple(
            ProgressStep(
                label=Text(zh=zh, en=en),
                detail=Text(zh=zh_detail, en=en_detail) if zh_detail else None,
                state=state,  # type: ignore[arg-type]
            )
            for zh, en, zh_detail, en_detail, state in acts
        ),
    )


def _review() -> Review:
    def row(zh: str, en: str, value_zh: str, value_en: str, **more: object) -> Row:
        return Row(
            label=Text(zh=zh, en=en),
            value=Text(zh=value_zh, en=value_en),
            **more,  # type: ignore[arg-type]
        )

    return Review(
        title=Text(zh="请核对，没问题就打印", en="Please check, then print"),
        steps=_steps(2),
        can_go_back=True,
        preview="/api/citizen/preview/gallery.png",
        preview_says=Text(
            zh="证明的样子：无房屋登记记录", en="The certificate: no registered home"
        ),
        rows=(
            row("谁", "Who", "李＊兰", "李＊兰"),
            row("查到", "Result", "名下无登记房屋", "No registered home", tone=Tone.GOOD),
            row("范围", "Range", "普宁市全市", "All of Puning", change="range"),
            row("用途", "Purpose", "子女入学", "Child's school place", change="purpose"),
            row(
                "交给",
                "For",
                "住房公积金管理中心",
                "Housing Provident Fund Centre",
                change="body",
            ),
            row("费用", "Fee", "不收费", "Free"),
        ),
        note=Text(
            zh="这张纸上有二维码和电子签名，收件单位可以核验真伪。",
            en="The paper carries a QR code and a signature, so that anyone can check it.",
        ),
        confirm=Text(zh="打印 1 份", en="Print 1 copy"),
    )


def _fault() -> Fault:
    return Fault(
        title=Text(zh="打印机卡纸了", en="The paper is stuck in the printer"),
        lead=Text(
            zh="您的查询已经办成，但这张纸没有打好，已经作废。不会重复计次，也不用再读身份证。",
            en="Your query is done, but this sheet did not print well and is void. "
            "It does not count twice, and your card need not be read again.",
        ),
        emphasis=Text(zh="没有打好", en="did not print well"),
        steps=_steps(3),
        icon=Icon.PRINTER,
        ways=(
            _way(
                "window",
                "到 2 号综合窗口领取",
                "Collect it at window 2",
                Icon.TICKET,
                "已替您取号 A012，前面 1 人",
                "Your number is A012, 1 person before you",
                best=True,
            ),
            _way(
                "elsewhere",
                "到旁边 04 号机接着打印",
                "Go on at terminal 04",
                Icon.MAP_PIN,
                "同一身份证放上去就能打印",
                "Lay the same card there and it prints",
            ),
            _way(
                "staff",
                "叫工作人员过来",
                "Call a member of staff",
                Icon.HEADSET,
                "已经通知，大约 2 分钟",
                "They know already, about 2 minutes",
            ),
        ),
        code="DP-JAM-03",
        at="09:42",
        seconds=60,
    )


ALERT = Text(
    zh="电池快用完了，机器马上要关。请拿好您的证件和纸。",
    en="Battery nearly empty: switching off soon. Take your card and papers.",
)
OVERLAID = ("choose-several+idle", "review+alert")
"""Screens with something over them."""

IDLE = IdleWarning(
    seconds=24,
    title=Text(zh="您还在吗？", en="Are you still there?"),
    lead=Text(
        zh="没有人操作就会回到首页，并清除您的信息。",
        en="If nobody touches the screen it goes back to the start and clears your data.",
    ),
    stay=Text(zh="继续", en="Continue"),
    leave=Text(zh="现在结束", en="End now"),
)


def _enter(problem: bool) -> EnterPerson:
    return EnterPerson(
        title=Text(zh="请填写配偶的信息", en="Please enter your spouse"),
        steps=_steps(1),
        can_go_back=True,
        name="林国栋" if problem else "",
        id_number="445281198603213719" if problem else "",
        consent=Text(
            zh="我已征得本人同意查询其名下房屋",
            en="I have this person's consent to have their homes looked up",
        ),
        problem=Text(
            zh="身份证号码的最后一位对不上，请再核对一遍",
            en="The last digit does not fit; please check the number once more",
        )
        if problem
        else None,
        problem_field="id_number" if problem else None,
        confirm=Text(zh="填好了", en="Add this person"),
    )


def _family(full: bool) -> Family:
    own_card = Text(zh="出示了身份证", en="Shown by their own card")
    members = [
        Member(
            number=0,
            name="李＊兰",
            relation=Text(zh="本人", en="yourself"),
            shown_by=own_card,
            icon=Icon.USER,
            removable=False,
        ),
        Member(
            number=1,
            name="林＊栋",
            relation=Text(zh="配偶", en="spouse"),
            shown_by=own_card,
            icon=Icon.USERS,
            removable=True,
        ),
        Member(
            number=2,
            name="林＊涵",
            relation=Text(zh="未成年子女", en="minor child"),
            shown_by=Text(zh="本人同意，手工填写", en="Typed in, by consent"),
            icon=Icon.BABY,
            removable=True,
        ),
    ]
    return Family(
        title=Text(zh="要查哪些家人？", en="Which family members?"),
        lead=Text(
            zh="配偶和未成年子女可以一起查。", en="Spouse and minor children may be included."
        ),
        steps=_steps(1),
        can_go_back=True,
        members=tuple(members if full else members[:1]),
        ways=(
            _way("add-spouse", "加配偶", "Add spouse", Icon.HEART),
            _way("add-child", "加未成年子女", "Add a minor child", Icon.BABY),
        ),
        confirm=Text(zh="就查这些人", en="Go on with these"),
    )


def _districts() -> Choose:
    return Choose(
        title=Text(zh="查哪些地方的房屋？", en="Which districts are to be searched?"),
        lead=Text(zh="收件单位没有要求的，选全市就好。", en="If nobody asked otherwise, take all."),
        steps=_steps(1),
        can_go_back=True,
        multiple=True,
        confirm=Text(zh="选好了", en="Go on"),
        options=(
            _option("all", "普宁市全市", "All of Puning", selected=True, exclusive=True),
            _option("liusha", "流沙城区", "Liusha urban area"),
            _option("zhanlong", "占陇镇", "Zhanlong"),
            _option("junbu", "军埠镇", "Junbu"),
            _option("lihu", "里湖镇", "Lihu"),
            _option("hongyang", "洪阳镇", "Hongyang"),
            _option("nanjing", "南径镇", "Nanjing town"),
        ),
    )


def _scope() -> Choose:
    return Choose(
        title=Text(zh="查谁名下的房屋？", en="Whose homes are to be looked up?"),
        steps=_steps(1),
        can_go_back=True,
        options=(
            _option("self", "只查本人", "Only myself", Icon.USER, "子女入学多用这种", "Usual"),
            _option(
                "family",
                "查本人和家人",
                "Myself and my family",
                Icon.USERS,
                "配偶和未成年子女，每人出示身份证，或经同意填写",
                "Spouse and minor children, each with their card or by consent",
            ),
        ),
    )


def _take(insist: bool) -> Take:
    return Take(
        title=Text(zh="请拿好证明和身份证", en="Please take your certificate and card"),
        lead=Text(zh="您的身份证还在读卡器上！", en="Your identity card still lies on the reader!")
        if insist
        else Text(zh="一共两样，别落下", en="Two things, please leave nothing behind"),
        steps=_steps(3),
        can_leave=False,
        things=(_PAPER.model_copy(update={"taken": insist}), _CARD),
        ways=(
            _way("taken", "都拿好了", "I have both", best=True),
            _way("missing", "少了东西", "Something is missing"),
        ),
        insist=insist,
    )


def _left_cards(*things: Thing) -> Take:
    return Take(
        title=Text(zh="请拿走您的卡", en="Please take your card"),
        lead=Text(
            zh="读卡的地方还有卡没有拿走。不是您的，请交给工作人员。",
            en="A card was left on the reader. If it is not yours, please give it to staff.",
        ),
        can_leave=False,
        things=things,
        ways=(),
        insist=True,
    )


def _done() -> Done:
    return Done(
        title=Text(zh="办好了", en="All done"),
        lead=Text(zh="请取走这两样", en="Please take these two along"),
        steps=tuple(Step(label=label, state="done") for label in _STEPS),
        can_leave=False,
        things=(_PAPER, _CARD),
        rating=_rating(),
        rating_title=Text(zh="这次办事，您满意吗？", en="How did it go today?"),
        ways=(
            _way("finish", "完成", "Finish", best=True),
            _way("another", "再办一件", "Something else"),
        ),
        seconds=15,
    )


def _refused() -> Refused:
    return Refused(
        title=Text(
            zh="名下有登记房屋，开不了无房证明", en="There are registered homes, so no certificate"
        ),
        lead=Text(zh="下面是查到的房屋。", en="These are on record."),
        steps=_steps(2),
        can_go_back=True,
        found=(
            Found(
                title="流沙城区 ＊＊花园 3 栋 ＊＊＊",
                detail=Text(zh="住宅，89.6 平方米，2012 年登记", en="Flat, 89.6 m², since 2012"),
                tags=(Text(zh="与他人共有", en="Shared"), Text(zh="有抵押", en="Mortgaged")),
            ),
            Found(
                title="占陇镇 ＊＊路 ＊＊号",
                detail=Text(zh="预售合同备案，2024 年", en="Presale filing, 2024"),
            ),
        ),
        note=Text(
            zh="信息不对可以到 2 号综合窗口更正，带上身份证。",
            en="If this is wrong, window 2 can correct it; bring your card.",
        ),
        ways=(
            _way(
                "print-record",
                "打印查询结果",
                "Print what was found",
                Icon.PRINTER,
                "1 张，免费",
                "1 sheet, free",
                best=True,
            ),
            _way(
                "window",
                "到窗口更正",
                "Correct it at a window",
                Icon.MAP_PIN,
                "2 号综合窗口",
                "Window 2",
            ),
        ),
    )


def _out() -> OutOfService:
    return OutOfService(
        title=Text(zh="这台机器暂时不能办理", en="This terminal is out of service for now"),
        lead=Text(zh="工作人员已经知道，正在处理。", en="Our staff know and are working on it."),
        phone="0663-2818345",
        code="DP-OFFLINE",
    )


SCREENS: dict[str, Screen] = {
    "welcome-ten": _welcome(10),
    "welcome-one": _welcome(1),
    "welcome-closed": _welcome(1, available=False),
    "identify": _identify("waiting"),
    "identify-reading": _identify("reading"),
    "identify-again": _identify(
        "waiting",
        Text(
            zh="还没读完卡就拿开了，请再放一次",
            en="The card was taken away too soon, please put it back",
        ),
    ),
    "identify-two-cards": _troubled(1, "two-cards", "一次只放一张", "One card at a time"),
    "identify-wrong-card": _troubled(
        3, "wrong-card", "这张办不了，请换一张", "Another card, please"
    ),
    "identify-unread": _troubled(2, "unread", "没有读出来", "It could not be read"),
    "identify-pulled": _troubled(1, "pulled", "卡拿早了", "A little too soon"),
    "identify-two": _identify_places(2),
    "identify-three": _identify_places(3),
    "identify-three-reading": _identify_places(3, "reading"),
    "choose-one": _scope(),
    "choose-several": _districts(),
    "family": _family(full=False),
    "family-full": _family(full=True),
    "enter-person": _enter(problem=False),
    "enter-person-problem": _enter(problem=True),
    "enter-document": _document(problem=False),
    "enter-document-unread": _document(problem=False).model_copy(
        update={
            "problem": Text(
                zh="没有看清资料页，请放平再试，或者自己输入",
                en="The data page could not be read; lay it flat and try again, or type it",
            )
        }
    ),
    "enter-document-problem": _document(problem=True),
    "sign": _sign(),
    "review": _review(),
    "progress": _progress(),
    "take": _take(insist=False),
    "take-insist": _take(insist=True),
    "left-card": _left_cards(_SOCIAL_CARD),
    "left-cards": _left_cards(_CARD.model_copy(update={"taken": True}), _SOCIAL_CARD),
    "done": _done(),
    "refused": _refused(),
    "fault": _fault(),
    "out-of-service": _out(),
}
