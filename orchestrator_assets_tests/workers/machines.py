"""Two machines on this one: network namespaces that reach nothing but each other's gateway, with real processes."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

TOOLS = all(shutil.which(name) for name in ("ip", "redis-server")) and os.geteuid() == 0


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@contextmanager
def machine(number: int) -> Iterator[tuple[str, str]]:
    """A network namespace: its name, and the address at which it reaches this machine. Nothing else is reachable."""
    name, outer, inner = (
        f"orch{os.getpid()}x{number}",
        f"oo{os.getpid() % 10**6}x{number}",
        f"oi{os.getpid() % 10**6}x{number}",
    )
    net = f"10.{64 + os.getpid() % 128}.{os.getpid() // 128 % 256}"
    gateway, address = f"{net}.{4 * number + 1}", f"{net}.{4 * number + 2}"
    ip("netns", "add", name)
    try:
        ip("link", "add", outer, "type", "veth", "peer", "name", inner)
        ip("link", "set", inner, "netns", name)
        ip("addr", "add", f"{gateway}/30", "dev", outer)
        ip("link", "set", outer, "up")
        for command in (
            ["addr", "add", f"{address}/30", "dev", inner],
            ["link", "set", inner, "up"],
            ["link", "set", "lo", "up"],
        ):
            ip("netns", "exec", name, "ip", *command)
        yield name, gateway
    finally:
        subprocess.run(["ip", "link", "del", outer], check=False, capture_output=True)
        ip("netns", "del", name)


def free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def forwarded(addresses: list[str], port: int, target: str) -> Iterator[None]:
    """TCP at these addresses, carried to a Unix socket: the embedded server listens on no network."""
    loop = asyncio.new_event_loop()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(target)
        await asyncio.gather(carry(reader, there_writer), carry(there_reader, writer), return_exceptions=True)

    async def listen() -> None:
        await asyncio.start_server(accept, addresses, port)

    loop.run_until_complete(listen())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
