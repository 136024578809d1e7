"""A running server notices changed inputs, and a failed build leaves what was served."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from wsis_kg.web import serve
from wsis_kg.workshop.inputs import Inputs


@pytest.mark.parametrize("fails", [False, True])
def test_a_changed_input_is_built_once(
    world: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    monkeypatch.setattr(Inputs, "packaged", classmethod(lambda cls: world))
    built, looked, stop = threading.Event(), threading.Event(), threading.Event()
    said: list[str] = []
    times = []

    def build(data_home: Path, say: serve.Say) -> None:
        times.append(data_home)
        built.set()
        if fails:
            raise serve.CannotServe("The build failed.")

    trace = serve._trace_of_inputs

    def traced() -> list[tuple[str, int, int]]:
        found = trace()
        looked.set()
        return found

    monkeypatch.setattr(serve, "_build", build)
    monkeypatch.setattr(serve, "_trace_of_inputs", traced)
    thread = threading.Thread(target=serve.build_when_changed, args=(tmp_path / "home", stop, said.append, 0.01))
    thread.start()
    assert looked.wait(30), "It looks at the inputs as they are first."
    path = world.data / "actors.ttl"
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert built.wait(30)
    for _ in range(5):  # five more looks, and no second build of the same inputs
        looked.clear()
        assert looked.wait(30)
    stop.set()
    thread.join(30)
    assert times == [tmp_path / "home"]
    assert said == (["The build failed. The version that was built last is still served."] if fails else [])
