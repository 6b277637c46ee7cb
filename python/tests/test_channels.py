# SPDX-License-Identifier: Apache-2.0
import asyncio
import select
import threading

import pytest

import coview

numpy = pytest.importorskip("numpy")


def test_a_queue_delivers_in_place() -> None:
    with coview.Queue.create("jobs", 1 << 16, type="job", type_version=1) as queue:
        assert queue.receive(0) is None
        assert queue.send(b"first") and queue.send(bytearray(b"second")) and queue.depth == 2
        with queue.receive(1) as message:  # type: ignore[union-attr]
            assert bytes(message) == b"first" and len(message) == 5
            assert message.sequence == 0 and not message.redelivered and message.deaths == 0
            with pytest.raises(TypeError):
                memoryview(message)[0] = 1
        message = next(queue)
        buffer = memoryview(message)
        with pytest.raises(BufferError):
            message.release()
        buffer.release()
        message.release()
        with pytest.raises(ValueError, match="closed"):
            bytes(message)
        with pytest.raises(OSError, match="'jobs'"):
            coview.Queue.open("jobs", type="job", type_version=2)
        with pytest.raises(OSError):
            queue.send(bytes(queue.largest + 1))
        with pytest.raises(TypeError):
            queue.send("text")


def test_a_slot_is_filled_in_place() -> None:
    with coview.Queue.create("jobs", 1 << 16) as queue:
        slot = queue.loan(100)
        assert slot is not None and len(slot) == 100
        array = numpy.frombuffer(slot, dtype="u1")
        array[:3] = (1, 2, 3)
        with pytest.raises(BufferError, match="in use"):
            slot.publish(3)
        del array
        assert slot.publish(3) and slot.closed
        assert bytes(queue.receive()) == b"\1\2\3"  # type: ignore[arg-type]
        with queue.loan(10) as given_back:  # type: ignore[union-attr]
            pass
        assert given_back.closed and queue.receive(0) is None


def test_messages_outlive_their_queue() -> None:
    queue = coview.Queue.create("jobs", 4096)
    queue.send(b"kept")
    message = queue.receive()
    queue.close()
    assert message is not None and bytes(message) == b"kept"
    message.release()


def test_a_topic_reaches_everybody_and_tells_what_was_lost() -> None:
    with coview.Topic.create("news", 4096, messages=4, subscribers_may_block=True) as topic:
        assert topic.latest() is None
        with topic.publisher() as publisher, topic.subscribe() as slow:
            for text in (b"a", b"b", b"c", b"d", b"e", b"f"):
                assert publisher.publish(text)
            message = slow.receive()
            assert message is not None and bytes(message) == b"c" and message.lost == 2 and slow.lost == 2
            latest = topic.latest()
            assert latest is not None and bytes(latest) == b"f"
            with topic.subscribe(oldest=True, blocks=True) as blocking:
                assert blocking.blocks
                assert not publisher.publish(b"g", timeout=0.01)
                assert blocking.receive(0) is not None
                assert publisher.publish(b"g")


def test_a_subscription_is_for_one_thread_at_a_time() -> None:
    with coview.Topic.create("news", 4096) as topic:
        subscription = topic.subscribe()
        waiter = threading.Thread(target=subscription.receive)
        waiter.start()
        while True:
            try:
                assert subscription.receive(0) is None
            except RuntimeError as error:
                assert "another thread" in str(error)
                break
        topic.publisher().publish(b"")
        waiter.join()
        subscription.close()


def test_a_slot_is_published_by_its_publisher_for_one_thread_at_a_time() -> None:
    with coview.Topic.create("news", 4096, messages=2, subscribers_may_block=True) as topic:
        publisher, blocking = topic.publisher(), topic.subscribe(blocks=True)
        slot = publisher.loan(8)
        assert slot is not None
        while publisher.publish(b"x", timeout=0):
            pass
        waiter = threading.Thread(target=slot.publish)
        waiter.start()
        while True:
            try:
                assert not publisher.publish(b"y", timeout=0)
            except RuntimeError as error:
                assert "another thread" in str(error)
                break
        assert blocking.receive(0) is not None
        waiter.join()
        assert slot.closed
        publisher.close()
        blocking.close()


def test_a_descriptor_tells_of_messages() -> None:
    with coview.Queue.create("jobs", 4096) as queue:
        poll = select.poll()
        poll.register(queue.fileno(), select.POLLIN)
        queue.send(b"job")
        assert poll.poll(10_000)


def test_asyncio() -> None:
    async def run() -> None:
        with coview.Topic.create("news", 1 << 16) as topic, coview.Queue.create("jobs", 4096) as queue:
            subscription = topic.subscribe()
            publisher = topic.publisher()

            async def publish() -> None:
                for i in range(100):
                    publisher.publish(str(i).encode())
                    await asyncio.sleep(0)
                queue.send(b"done")

            task = asyncio.create_task(publish())
            seen = []
            async for message in subscription:
                seen.append(int(bytes(message)))
                if len(seen) == 100:
                    break
            assert seen == list(range(100))
            assert bytes(await queue.receive_async()) == b"done"
            await task
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(queue.receive_async(), 0.01)

    asyncio.run(run())


def test_tasks_take_turns_with_a_queue() -> None:
    async def run() -> None:
        with coview.Queue.create("jobs", 1 << 16) as queue:
            seen = []

            async def work(number: int) -> None:
                for _ in range(20):
                    with await queue.receive_async() as message:
                        seen.append(int(bytes(message)))
                    await asyncio.sleep(0)

            tasks = [asyncio.create_task(work(number)) for number in range(5)]
            cancelled = asyncio.create_task(queue.receive_async())  # type: ignore[arg-type]
            await asyncio.sleep(0)
            with pytest.raises(BufferError, match="wait for it"):
                queue.close()
            cancelled.cancel()
            for i in range(100):
                queue.send(str(i).encode())
                if i % 7 == 0:
                    await asyncio.sleep(0)
            await asyncio.gather(*tasks)
            assert sorted(seen) == list(range(100))
            with pytest.raises(asyncio.CancelledError):
                await cancelled

    asyncio.run(run())


def test_a_large_frame_is_not_copied() -> None:
    with coview.Topic.create("frames", 32 << 20) as topic:
        publisher, subscription = topic.publisher(), topic.subscribe()
        slot = publisher.loan(8 << 20)
        assert slot is not None
        frame = numpy.frombuffer(slot, dtype="u2")
        frame[:] = 7
        del frame
        slot.publish()
        message = subscription.receive()
        assert message is not None
        seen = numpy.frombuffer(message, dtype="u2")
        assert seen.size == 4 << 20 and seen[-1] == 7 and not seen.flags.owndata
        del seen
        message.release()
        subscription.close()


def test_the_status_tells_who_lags_and_evicting_frees_the_publisher() -> None:
    with coview.Topic.create("news", 4096, messages=4, subscribers_may_block=True, type="line") as topic:
        publisher, blocking, lagging = topic.publisher(), topic.subscribe(blocks=True), topic.subscribe()
        while publisher.publish(b"x", timeout=0):
            pass
        assert topic.published == 4
        status = coview.channel_status("news")
        assert (status.kind, status.type, status.sent, status.most_messages) == ("topic", "line", 4, 4)
        assert sorted(each.role for each in status.participants) == ["publisher", "subscriber", "subscriber"]
        assert [each.lag for each in status.participants if each.role == "subscriber"] == [4, 4]
        held_back_by = [each.number for each in status.participants if each.holds_back]
        assert len(held_back_by) == 1 and all(each.alive for each in status.participants)
        assert topic.evict(held_back_by[0]) == 1 and topic.evict(held_back_by[0]) == 0 and topic.evict() == 0
        assert publisher.publish(b"y", timeout=0) and not blocking.blocks
        with pytest.raises(TypeError):
            topic.evict("all")  # type: ignore[arg-type]
        for number in (99, 1 << 40):
            with pytest.raises(OSError, match="'news'"):
                topic.evict(number)
        lagging.close()
    with coview.Queue.create("jobs", 4096) as queue:
        queue.send(b"job")
        assert (coview.channel_status("jobs").kind, coview.channel_status("jobs").depth) == ("queue", 1)
    with pytest.raises(FileNotFoundError):
        coview.channel_status("jobs")
