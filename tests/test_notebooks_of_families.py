"""The notebooks of the model families run from their source, in a file of their own so that two processes share them."""

import pytest
from kernels import check_run, sources


@pytest.mark.parametrize("late", sources("07", "99"))
def test_notebook_runs_in_a_fresh_kernel_without_error_or_warning_and_leaves_no_file(late, tmp_path, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    check_run(late, tmp_path)
