"""Deliveries over HTTP."""

from __future__ import annotations

from adapters.memory.delivery.event_log import MemoryEventLog
from kit.delivering import CHANNEL, TARGET, a_dead_delivery
from worlds.http import World


async def test_a_dead_letter_is_found_and_sent_again(world: World) -> None:
    async with world.client() as api:
        user = await api.user()
        delivery_id = await a_dead_delivery(world.units, MemoryEventLog(world.store))
        (found,) = (await api.get("/v1/deliveries", params={"state": "dead"})).json()["items"]
        assert (found["id"], found["channel"], found["target_id"]) == (str(delivery_id), CHANNEL, str(TARGET))
        assert (found["event_name"], found["learner_id"]) == ("UsersRegistered", user["id"])
        assert (found["attempts"], found["last_error"], found["next_attempt_at"]) == (1, "answered 500", None)

        path = f"/v1/deliveries/{delivery_id}/replay"
        assert (await api.post(path)).status_code == 204
        assert (await api.get("/v1/deliveries", params={"state": "dead"})).json()["items"] == []
        (waiting,) = (await api.get("/v1/deliveries", params={"state": "waiting"})).json()["items"]
        assert (waiting["id"], waiting["attempts"], waiting["finished_at"]) == (str(delivery_id), 0, None)

        twice = await api.post(path)
        assert (twice.status_code, twice.json()["code"]) == (409, "delivery-waiting")
        unknown = await api.post(f"/v1/deliveries/{user['id']}/replay")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "delivery-not-found")


async def test_deliveries_are_filtered(world: World) -> None:
    async with world.client() as api:
        await api.user()
        await a_dead_delivery(world.units, MemoryEventLog(world.store))
        (found,) = (await api.get("/v1/deliveries")).json()["items"]
        for name, value in {"channel": "mail", "target_id": found["id"], "event_id": found["id"]}.items():
            assert (await api.get("/v1/deliveries", params={name: value})).json()["items"] == []
            assert (await api.get("/v1/deliveries", params={name: found[name]})).json()["items"] == [found]
        wrong = await api.get("/v1/deliveries", params={"state": "lost"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid-value")
