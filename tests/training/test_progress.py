"""Progress on a terminal and in a log."""

import io

from nnrecipes.training.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def feed(stream, epochs, done=None):
    callback = Progress(epochs, stream)
    callback.set_params({"steps": 4})
    callback.on_train_begin()
    for epoch in range(done or epochs):
        for batch in range(4):
            callback.on_train_batch_begin(batch)
        callback.on_epoch_end(epoch, {"loss": 0.123456, "learning_rate": 1e-5})
    callback.on_train_end()
    return stream.getvalue()


def test_a_log_gets_a_plain_line_an_epoch():
    assert feed(io.StringIO(), 2) == (
        "epoch 1/2  loss 0.1235  learning_rate 1e-05\nepoch 2/2  loss 0.1235  learning_rate 1e-05\n"
    )


def test_a_long_training_gets_about_twenty_lines_with_the_first_and_the_last():
    lines = feed(io.StringIO(), 1000, done=987).splitlines()
    assert 15 <= len(lines) <= 25
    assert lines[0].startswith("epoch 1/1000")
    assert lines[-1].startswith("epoch 987/1000")


def test_a_terminal_gets_one_line_that_is_redrawn():
    text = feed(Terminal(), 3)
    assert text.count("\n") == 1
    assert text.endswith("\r\x1b[Kepoch 3/3 " + "━" * 20 + " loss 0.1235  learning_rate 1e-05\n")


def test_a_line_is_cut_to_the_width_of_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    assert max(len(part) for part in feed(Terminal(), 3).split("\r\x1b[K")) == 29 + 1  # and the end of the line


def test_losses_come_first():
    stream = io.StringIO()
    callback = Progress(1, stream)
    callback.on_train_begin()
    callback.on_epoch_end(0, {"accuracy": 0.5, "loss": 1.0, "val_accuracy": 0.25, "val_loss": 2.0})
    assert stream.getvalue() == "epoch 1/1  loss 1  val_loss 2  accuracy 0.5  val_accuracy 0.25\n"


def test_nothing_is_written_to_standard_output(capsys):
    callback = Progress(1)
    callback.on_train_begin()
    callback.on_epoch_end(0, {"loss": 1.0})
    callback.on_train_end()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "epoch 1/1  loss 1\n"
