# SPDX-License-Identifier: MIT
"""Pane beside other libraries: the same cases, the same buffers, one process. `python3 -m benchmarks.peers --help`"""
