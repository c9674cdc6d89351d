"""Continual learning: tasks one after the other, and what is left of the earlier ones.

`run(method, task, seed, size, network)` gives a `ContinualRecord`; torch is needed to run.
"""

from .metrics import accuracy, backward_transfer, forward_transfer, omega_all
from .record import ContinualRecord
from .running import chosen_strength, ideal, run
from .sizes import SIZES, Protocol
from .tasks import TASKS, Task, TaskSequence, task_sequence

__all__ = ["SIZES", "TASKS", "ContinualRecord", "Protocol", "Task", "TaskSequence", "accuracy",
           "backward_transfer", "chosen_strength", "forward_transfer", "ideal", "omega_all", "run",
           "task_sequence"]
