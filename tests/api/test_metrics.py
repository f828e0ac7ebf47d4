"""What Prometheus gets from a running terminal."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.stand import SERVICE, Stand


def test_metrics_need_no_token_and_tell_every_bound_device(stand: Stand) -> None:
    answer = httpx.get(f"{stand.running.address.url}/metrics", trust_env=False)
    assert answer.status_code == 200
    families = {each.name: each for each in text_string_to_metric_families(answer.text)}
    roles = {sample.labels["role"] for sample in families["yimen_device_fit"].samples}
    assert roles == {"id-card-reader", "document-printer"}
    offered = families["yimen_service_offered"].samples
    assert [sample.labels["service"] for sample in offered] == [SERVICE]


def test_metrics_answer_no_other_host(stand: Stand) -> None:
    url = f"{stand.running.address.url}/metrics"
    assert httpx.get(url, headers={"host": "evil.example"}, trust_env=False).status_code == 421
