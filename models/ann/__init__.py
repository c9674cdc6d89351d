"""Memories of artificial networks, behind the protocol of `models.memory`. One file each."""
