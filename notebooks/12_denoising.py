# %% [markdown]
# # Denoising, with the rival
#
# Show a network noisy pictures and ask for the clean ones: a *denoising autoencoder*. It cannot copy its input any
# more, so it has to learn what pictures look like. But beware: the problem has a closed-form solution that is hard to
# beat, and most tutorials do not print it.

# %%
# %matplotlib inline
import tempfile

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

import nnrecipes as nn

runs = tempfile.mkdtemp()
quiet = {"training.callbacks.progress": False, "evaluation.plots": False, "evaluation.bootstrap": 100}
clean = load_digits().images / 16
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#767676"

# %% [markdown]
# ## Noise
#
# Three kinds: Gaussian (`clip(x + 0.5 N(0, 1), 0, 1)`), masking (a share of the pixels is 0) and salt and pepper (a
# share is black or white).

# %%
rng = np.random.default_rng(0)
noisy = np.clip(clean + 0.5 * rng.normal(size=clean.shape), 0, 1)
masked = np.where(rng.random(clean.shape) < 0.5, 0, clean)
drawn = rng.random(clean.shape)
salted = np.where(drawn < 0.15, 0, np.where(drawn > 0.85, 1, clean))
figure, grid = plt.subplots(4, 8, figsize=(7, 3.6))
kinds = {"clean": clean, "gaussian": noisy, "masking": masked, "salt, pepper": salted}
for line, (name, pictures) in zip(grid, kinds.items(), strict=True):
    for axes, picture in zip(line, pictures, strict=False):
        axes.imshow(picture, cmap="gray", vmin=0, vmax=1)
        axes.set_xticks([])
        axes.set_yticks([])
    line[0].set_ylabel(name, fontsize=8)
plt.show()

# %% [markdown]
# ## The classic net, and the rival
#
# The textbook way: spoil every training picture **once**, then fit a dense autoencoder from noisy to clean. The rival
# is *ridge regression*: one linear map from all noisy pixels to all clean ones, solved exactly.

# %%
classic = nn.train("denoising_autoencoder_digits_classic", {**quiet, "training.epochs": 20}, runs_dir=runs)
print(classic.metrics["reconstruction"]["verdict"])


# %%
def figures(run) -> dict[str, float]:
    """PSNR and SSIM of the test pictures."""
    return {name: run.metrics["reconstruction"]["metrics"][name]["value"] for name in ("psnr", "ssim")}


rivals = classic.metrics["reconstruction"]["baselines"]
table = {"noisy": rivals["noisy"], "ridge regression": rivals["ridge"], "classic": figures(classic)}
pd.DataFrame(table).T[["psnr", "ssim"]].round(3)

# %% [markdown]
# PSNR is `10 log10(1 / MSE)` in decibels: 3 dB are half the error. The network with its thousands of weights loses to a
# matrix. Two things are wrong with it.
#
# **The noise is always the same.** Seen twenty times, a noisy picture can be learnt by heart. With *fresh* noise each
# step every picture is new, and the gap between training and validation closes:

# %%
fresh = nn.train("denoising_autoencoder_digits_classic",
                 {**quiet, "training.epochs": 20, "model.fresh_noise": True}, runs_dir=runs)  # fmt: skip
figure, axes = plt.subplots(1, 2, figsize=(9, 3), sharey=True)
for panel, (name, run) in zip(axes, (("drawn once", classic), ("drawn afresh", fresh)), strict=True):
    panel.plot(run.history["loss"], color=BLUE, label="training")
    panel.plot(run.history["val_loss"], color=ORANGE, label="validation")
    panel.set_title(f"noise {name}")
    panel.set_xlabel("epoch")
axes[0].set_ylim(0.25, 0.45)
axes[0].legend()
plt.show()

# %% [markdown]
# **A bottleneck is the wrong tool.** To take noise away one need not squeeze a picture through 32 numbers: a pixel is
# best told from its surroundings. A *U-Net* works on maps that get smaller and larger again, and each map on the way up
# also sees the one of its size on the way down.

# %%
unet = nn.train("denoising_autoencoder_digits", {**quiet, "training.epochs": 6}, runs_dir=runs)
print(unet.metrics["reconstruction"]["verdict"])
table |= {"classic, fresh noise": figures(fresh), "U-Net": figures(unet)}
pd.DataFrame(table).T[["psnr", "ssim"]].round(3)

# %%
test = unet.provenance["rows"]["test"]
unet.plot_denoised(noisy[test], clean[test], count=10)

# %% [markdown]
# ## Other noise than in training
#
# The network knows one strength of noise. Where there is less, it still takes away too much; where there is more, too
# little remains of the picture:

# %%
levels = (0.1, 0.3, 0.5, 0.7, 0.9)
before, after = [], []
for level in levels:
    spoilt = np.clip(clean[test] + level * rng.normal(size=clean[test].shape), 0, 1)
    made = unet.denoise(spoilt)[..., 0]
    before.append(-10 * np.log10(np.mean((spoilt - clean[test]) ** 2)))
    after.append(-10 * np.log10(np.mean((made - clean[test]) ** 2)))
figure, axes = plt.subplots(figsize=(5, 3))
axes.plot(levels, before, color=GREY, marker="s", label="noisy")
axes.plot(levels, after, color=BLUE, marker="o", label="denoised")
axes.set_xlabel("standard deviation of the noise")
axes.set_ylabel("PSNR, dB")
axes.legend()
plt.show()

# %% [markdown]
# ## At the command line
#
# ```sh
# nnrecipes train denoising_autoencoder_digits
# nnrecipes denoise latest --data noisy_photos/ --out clean_photos
# ```
#
# ## Try
#
# - `model.noise: masking`: the network has to fill holes. Does ridge regression do worse there?
# - `model.body: conv`: the same maps without the connections across. What do they add?
# - `reconstruction.loss: mean_absolute_error`: which of PSNR and SSIM gets better?
