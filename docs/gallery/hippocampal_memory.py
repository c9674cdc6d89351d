"""A spiking content-addressable memory: learn, recall by cue, recall by content, forget."""

from __future__ import annotations

import engram as eg
from engram.models import HippocampalCAM

cam = (HippocampalCAM(cues=5, contents=10)
       .learn(cue=0, content=[0, 1, 8, 9])
       .learn(cue=4, content=[1, 5, 6])
       .recall(cue=0)
       .recall(content=[6])
       .recall(content=[1])  # both cues hold it
       .forget(cue=0)
       .recall(content=[1]))

run = eg.simulate(cam.network(), cam.duration)
answers = cam.decode(run)
for answer in answers:
    print(answer)
print(f"{sum(a.ok for a in answers)} of {len(answers)} operations as a perfect memory would")
