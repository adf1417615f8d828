# SPDX-License-Identifier: MIT
"""Threads whose failures are the test's."""
import threading


def at_once(*functions):
    """Runs functions in threads of their own; fails with the first failure of one."""
    failures = []

    def run(function):
        try:
            function()
        except BaseException as failure:  # raised again in the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
