"""Jobs on the workers of a Dask scheduler."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any

from ...simulator.errors import DescriptionError, MissingPackageError
from . import pool
from .job import Job
from .measure import Outcome
from .provenance import made_by, versions

PATIENCE = 10
"""Seconds that the scheduler has to answer."""

LOGGERS = ("distributed.client", "distributed.core", "distributed.utils")
"""They print tracebacks of what is told here in one line: that the scheduler was lost."""


def measured(jobs: Sequence[Job], address: str, seconds: float = math.inf,
             ) -> Iterator[tuple[Job, Outcome]]:
    """Each job with its outcome, as they end. A worker that dies is replaced by Dask, up to its
    setting `distributed.scheduler.allowed-failures`.

    On its worker a job has a process of its own, as it has here, which is ended after `seconds`.

    DescriptionError if no scheduler answers or it is lost, or if a worker runs other code.
    """
    client = connected(address)
    from dask.distributed import as_completed
    futures: dict[Any, Job] = {}
    loud = {logger: logger.level for logger in map(logging.getLogger, LOGGERS)}
    for logger in loud:
        logger.setLevel(logging.CRITICAL)
    try:
        _same_code(client, address, jobs)
        for job in jobs:
            sent = job.placed().as_dict()
            futures[client.submit(_measure, sent, seconds, pure=False)] = job
        for future in as_completed(futures, loop=client.loop):
            yield futures.pop(future), _outcome(future)
    except (OSError, CancelledError) as problem:
        raise DescriptionError(f"--cluster {address}: the scheduler was lost; what was measured is "
                               "kept, the same command goes on from there") from problem
    finally:
        with suppress(Exception):  # the scheduler may be what was lost
            client.cancel(list(futures))
        client.close()
        for logger, level in loud.items():
            logger.setLevel(level)


def connected(address: str) -> Any:
    """A client of the scheduler at `address`; DescriptionError if none answers."""
    try:
        from dask.distributed import Client
        from distributed.comm import get_address_host_port
    except ImportError as problem:
        raise MissingPackageError("--cluster needs Dask: pip install 'engram[cluster]'"
                                  ) from problem
    try:
        get_address_host_port(address)
    except ValueError as problem:  # asked first: a Client that cannot begin waits at its end
        raise DescriptionError(f"--cluster {address}: no address of a scheduler ({problem}); one "
                               "looks like tcp://10.0.0.1:8786") from problem
    try:
        return Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as problem:
        raise DescriptionError(f"--cluster {address}: no Dask scheduler answers there ({problem}); "
                               "start one with `dask scheduler`, or leave --cluster out"
                               ) from problem


def _same_code(client: Any, address: str, jobs: Sequence[Job]) -> None:
    """DescriptionError unless every worker has our versions and the user's files as they are here.
    """
    names = list(dict.fromkeys(n for job in jobs for n in (job.placed().task, job.placed().memory)))
    here, there = made_by(names), client.run(_made_there, names)
    if not there:
        raise DescriptionError(f"--cluster {address}: the scheduler has no workers; start some "
                               f"with `dask worker {address} --nthreads 1`")
    for worker, found in sorted(there.items()):
        if found != here:
            other = ", ".join(f"{k} {found[k]} there, {here[k]} here" for k in here
                              if found[k] != here[k])
            raise DescriptionError(f"--cluster {address}: worker {worker} has {other}; install "
                                   "the same everywhere, and put files of yours under the same "
                                   "path")


def _made_there(names: Sequence[str]) -> dict[str, Any]:
    try:
        return made_by(names)
    except OSError as problem:
        return versions() | {"files": f"none ({problem})"}


def _measure(job: dict[str, Any], seconds: float) -> Outcome:
    log = logging.getLogger("distributed.worker")
    (_, outcome), = pool.measured([Job.from_dict(job)], 1, log.warning, None, seconds)
    return outcome


def _outcome(future: Any) -> Outcome:
    problem = future.exception()
    if problem is None:
        found: Outcome = future.result()
        return found
    return pool.failure(f"lost on the cluster: {type(problem).__name__}")
