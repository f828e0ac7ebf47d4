"""Facts of synthetic papers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

CONFIG = Path(__file__).parents[2] / "config"
CERTIFICATE = Path("services/no-housing-certificate/certificate.typ")
RECORD = Path("services/no-housing-certificate/record.typ")
AS_OF = datetime(2026, 11, 24, 1, 41, 7, tzinfo=UTC)

FACTS: dict[str, Any] = {
    "kind": "certificate",
    "title": "不动产登记信息查询结果",
    "subtitle": "无房屋登记记录",
    "applicants": [
        {
            "name": "李兰",
            "id_kind": "resident-card",
            "id_number": "445281198803123429",
            "relation": "self",
            "shown_by": "card",
        }
    ],
    "districts": ["普宁市全市"],
    "includes_presale": True,
    "purpose": "子女入学",
    "receiving_body": "普宁市流沙第一小学",
    "as_of": AS_OF,
    "homes": [],
    "issuer": "普宁市不动产登记中心",
    "terminal": "普宁市政务服务中心 自助终端 一楼 03 号",
    "phone": "0663-2222222",
    "validity_days": 30,
    "serial": "PN-WF-20261124-0000317",
    "issued_at": AS_OF,
}
HOME: dict[str, Any] = {
    "applicant": 0,
    "certificate_number": "粤（2021）普宁市不动产权第0012345号",
    "location": "普宁市流沙东街道新河东社区金叶园小区第十二幢三单元一八零二号房",
    "area_m2": "128.35",
    "use": "成套住宅",
    "share": "1/2",
    "encumbrances": ["mortgaged"],
}
RECORD_FACTS: dict[str, Any] = {
    "kind": "record",
    "title": "不动产登记信息查询记录",
    "subtitle": None,
    "homes": [HOME],
}
