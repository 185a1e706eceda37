import io
import shutil
from itertools import pairwise

import keras
import matplotlib
import numpy as np
import pytest
from keras import layers

from nnrecipes.evaluation.plots.graph import plot_graph
from nnrecipes.evaluation.plots.layout import dot_layout, layered_layout
from nnrecipes.evaluation.plots.structure import read_structure
from nnrecipes.evaluation.plots.weights import plot_weights


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__(name="mine")
        self.hidden = layers.Dense(4, activation="relu", name="hidden")
        self.out = layers.Dense(1, name="out")

    def call(self, x):
        return self.out(self.hidden(x))


class Bare(keras.Model):
    def call(self, x):
        return x


def sequential():
    return keras.Sequential(
        [keras.Input((11,)), layers.Dense(64, activation="relu", name="hidden"), layers.Dense(4, name="out")],
        name="mlp",
    )


def branched():
    first, second = keras.Input((8,), name="numbers"), keras.Input((3,), dtype="int32", name="codes")
    codes = layers.Flatten(name="flat")(layers.Embedding(30, 4, name="embedding")(second))
    joined = layers.Concatenate(name="join")([layers.Dense(16, name="branch")(first), codes, first])
    heads = {"price": layers.Dense(1, name="price")(joined), "kind": layers.Dense(3, name="kind")(joined)}
    return keras.Model({"numbers": first, "codes": second}, heads, name="branched")


def shared():
    x = keras.Input((6,), name="x")
    twice = layers.Dense(6, name="same")
    return keras.Model(x, keras.ops.mean(twice(twice(x)), axis=1))


def nested():
    x = keras.Input((6,), name="x")
    return keras.Model(x, keras.Sequential([layers.Dense(3), layers.Dense(2)], name="inner")(x))


def built_subclassed():
    model = Subclassed()
    model(np.zeros((1, 3)))
    return model


MODELS = [sequential, branched, shared, nested, Subclassed, built_subclassed, Bare, keras.Sequential,
          lambda: keras.Sequential([layers.Dense(3)])]  # fmt: skip


def words(figure):
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text)]


def named_arrows(structure):
    return {(structure.boxes[a].name, structure.boxes[b].name) for a, b in structure.arrows}


@pytest.mark.parametrize("use_dot", [True, False])
@pytest.mark.parametrize("build", MODELS)
def test_every_kind_of_model_is_drawn(build, use_dot):
    plot_graph(build(), use_dot=use_dot).savefig(io.BytesIO(), format="png")


@pytest.mark.parametrize("use_dot", [True, False])
def test_a_box_names_the_layer_its_kind_its_shape_and_its_parameters(use_dot):
    found = words(plot_graph(sequential(), use_dot=use_dot))
    for word in ("hidden", "Dense (relu)", "(None, 64)", "768 parameters", "mlp: 2 layers, 1,028 parameters"):
        assert word in found


def test_the_arrows_of_a_functional_model_are_its_tensors():
    assert named_arrows(read_structure(branched())) == {
        ("numbers", "branch"), ("numbers", "join"), ("codes", "embedding"), ("embedding", "flat"),
        ("branch", "join"), ("flat", "join"), ("join", "price"), ("join", "kind"),
    }  # fmt: skip


def test_a_layer_that_is_called_twice_is_drawn_twice_and_counted_once():
    structure = read_structure(shared())
    assert ("same", "same, call 2") in named_arrows(structure)
    assert [box.parameters for box in structure.boxes if "same" in box.name] == [42, 42]
    assert any("2 layers, 42 parameters" in word for word in words(plot_graph(shared())))


def test_a_graph_inside_a_bigger_graph_keeps_to_itself():
    x = keras.Input((6,), name="x")
    hidden = layers.Dense(3, name="hidden")(x)
    keras.Model(x, layers.Dense(9, name="elsewhere")(hidden))
    assert {box.name for box in read_structure(keras.Model(x, hidden)).boxes} == {"x", "hidden"}


def test_a_subclassed_model_is_listed_with_a_sentence():
    found = words(plot_graph(built_subclassed()))
    assert any(word.startswith("A subclassed model: which layer feeds which") for word in found)
    assert {"hidden", "Dense (relu)", "16 parameters"} <= set(found)


def test_a_model_without_layers_is_a_sentence():
    assert "The model has no layers that Keras knows of." in words(plot_graph(Bare()))


def overlaps(sizes, layout):
    boxes = list(zip(sizes, layout.centres, strict=True))
    return [
        (a, b)
        for k, (a, p) in enumerate(boxes)
        for b, q in boxes[:k]
        if abs(p[0] - q[0]) < (a[0] + b[0]) / 2 - 0.01 and abs(p[1] - q[1]) < (a[1] + b[1]) / 2 - 0.01
    ]


@pytest.mark.parametrize("seed", range(5))
def test_boxes_do_not_overlap_and_arrows_go_down(seed):
    rng = np.random.default_rng(seed)
    sizes = [(float(width), 0.8) for width in rng.uniform(1, 3, 15)]
    arrows = sorted({(int(rng.integers(0, head)), head) for head in range(1, 15) for _ in range(2)})
    layout = layered_layout(sizes, arrows)
    assert overlaps(sizes, layout) == []
    for (tail, head), path in zip(arrows, layout.paths, strict=True):
        assert layout.centres[tail][1] > layout.centres[head][1]
        assert all(a[1] >= b[1] for a, b in pairwise(path))


def test_a_chain_is_straight():
    layout = layered_layout([(1.0, 0.5), (2.0, 0.5), (1.5, 0.5)], [(0, 1), (1, 2)])
    assert len({centre[0] for centre in layout.centres}) == 1


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz' dot")
def test_dot_places_every_box_and_arrow():
    sizes, arrows = [(1.0, 0.5), (2.0, 0.5), (1.5, 0.5)], [(0, 1), (0, 2), (1, 2)]
    layout = dot_layout(sizes, arrows)
    assert layout.curved
    assert overlaps(sizes, layout) == []
    assert [len(path) % 3 for path in layout.paths] == [1, 1, 1]


def test_without_dot_there_is_no_layout_of_dot(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert dot_layout([(1.0, 1.0)], []) is None


def test_a_dot_that_fails_is_done_without(monkeypatch, tmp_path):
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert dot_layout([(1.0, 1.0)], []) is None
    plot_graph(sequential()).savefig(io.BytesIO(), format="png")


def test_each_variable_has_a_histogram_of_all_its_values():
    model = sequential()
    figure = plot_weights(model)
    figure.savefig(io.BytesIO(), format="png")
    counts = [sum(bar.get_height() for bar in axes.patches) for axes in figure.axes if axes.axison]
    assert counts == [11 * 64, 64, 64 * 4, 4]
    assert "hidden / kernel  (11 × 64)" in words(figure)


def test_weights_that_are_not_finite_are_counted():
    model = sequential()
    model.layers[-1].bias.assign([np.nan, 1.0, 2.0, np.inf])
    assert any(word.endswith(", 2 not finite") for word in words(plot_weights(model)))


def test_constant_and_missing_weights_are_drawn():
    plot_weights(keras.Sequential([keras.Input((1,)), layers.BatchNormalization()])).savefig(io.BytesIO(), format="png")
    plot_weights(Subclassed()).savefig(io.BytesIO(), format="png")


def test_a_deep_model_shows_its_first_variables_and_says_so():
    model = keras.Sequential([keras.Input((2,)), *[layers.Dense(2) for _ in range(30)]])
    assert "Weights and biases: the first 36 of 60 variables" in words(plot_weights(model))
