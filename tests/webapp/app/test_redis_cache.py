"""The cache in a real Redis: shared by all processes, bounded, and never more than a cache."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis

from forecasting.settings import Settings
from tests.servers import free_port
from webapp.app.json_cache import entry_name
from webapp.app.redis_cache import PREFIX, SIZES, USED, JsonRedisCache
from webapp.app.result_cache import ResultCache

BOUND = 10_000


@pytest.fixture
def server(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        yield client


@pytest.fixture
def cache(redis_url: str, server: redis.Redis) -> JsonRedisCache:
    return JsonRedisCache(redis_url, BOUND, 0)


class Bomb:
    def __reduce__(self):
        return print, ("unpickled",)


def test_what_one_process_stores_another_finds_whatever_its_disk(redis_url, server, tmp_path):
    first, second = (ResultCache(Settings(home=tmp_path / name, redis_url=redis_url)) for name in ("one", "two"))
    assert first.get_or_compute("compare", "v1", {"a": 1}, lambda: {"cost": 2.5}, dict) == {"cost": 2.5}
    assert second.get_or_compute("compare", "v1", {"a": 1}, dict, dict) == {"cost": 2.5}


def test_those_used_least_recently_go_first_and_the_bytes_stay_bounded(cache, server):
    for number in range(30):
        cache.set(f"key-{number}", "x" * 1000)
        assert cache.get("key-0"), number
    assert sum(map(int, server.hvals(SIZES))) <= BOUND
    assert cache.get("key-29")
    assert cache.get("key-1") is None
    assert server.zcard(USED) == server.hlen(SIZES) == len(server.keys(f"{PREFIX}*"))


def test_what_is_larger_than_the_bound_is_not_stored(cache):
    assert cache.set("key", "x" * BOUND) is False
    assert cache.get("key") is None


def test_a_value_has_a_lifetime(cache, server):
    cache.set("key", 1, timeout=50)
    assert 0 < server.ttl(PREFIX + entry_name("key")) <= 50


@pytest.mark.parametrize("data", [pickle.dumps(Bomb()), b"", b"[1]", b'{"expires":"x","value":1}', b'{"value":1}'])
def test_what_is_no_entry_is_removed_and_runs_nothing(cache, server, capsys, caplog, data):
    server.set(PREFIX + entry_name("key"), data)
    assert cache.get("key") is None
    assert server.get(PREFIX + entry_name("key")) is None
    assert "damaged" in caplog.text
    assert capsys.readouterr().out == ""


def test_another_kind_of_value_at_our_keys_is_a_miss(cache, server):
    server.lpush(PREFIX + entry_name("key"), "x")
    assert cache.get("key") is None


def test_it_adds_deletes_and_clears(cache, server):
    assert cache.add("key", 1)
    assert not cache.add("key", 2)
    assert cache.get("key") == 1
    assert cache.delete("key")
    assert not cache.delete("key")
    server.set("of-somebody-else", "1")
    cache.set("key", 3)
    assert cache.clear()
    assert [*server.keys()] == [b"of-somebody-else"]


def test_without_redis_everything_is_computed(settings, caplog):
    away = ResultCache(replace(settings, redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    assert away.get_or_compute("a", "v", {}, lambda: "once", str) == "once"
    assert away.get_or_compute("a", "v", {}, lambda: "twice", str) == "twice"
    assert caplog.text.count("The cache in Redis is not used") == 1
