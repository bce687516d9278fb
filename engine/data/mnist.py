"""MNIST and its kin: images of 28x28 pixels in ten or more classes, downloaded on request.

Checksums of the files, each compared in two places:
    MNIST: those of the copy that torchvision takes, and of TensorFlow Datasets.
    Fashion-MNIST: the MD5 that its authors publish (github.com/zalandoresearch/fashion-mnist), of which the files of
        labels, in the authors' repository, give these SHA-256; the files of images as many users publish them beside
        that MD5. The SHA-256 that were published in 2017 are those of an earlier version.
    KMNIST: torchvision's MD5, with the SHA-256 beside it in several programs that read it, of the version of
        February 2019.
    EMNIST: of the archive of 2017 at NIST, in a dozen programs that fetch it.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.data.card import Card
from engine.data.file_dataset import Part
from engine.data.idx import read_idx
from engine.data.idx_pictures import IdxPictures
from engine.data.release import Release, RemoteFile
from engine.errors import DataError


class MNIST(IdxPictures):
    """MNIST: handwritten digits of 28x28 pixels from IDX files, scaled to 0..1. LeCun, Cortes, Burges."""

    title: ClassVar[str] = "MNIST (IDX files)"
    help: ClassVar[str] = "The classic handwritten digits, 28x28 pixels, from the four files in a folder."
    icon: ClassVar[str] = "mnist"
    card: ClassVar[Card] = Card(
        "60,000 images for training, 10,000 for testing; 28x28 grey pixels; ten classes",
        "Y. LeCun, C. Cortes, C. Burges, 1998, from NIST's Special Databases 1 and 3",
        "CC BY-SA 3.0",
        "https://doi.org/10.1109/5.726791",
    )
    release: ClassVar[Release | None] = Release(
        "mnist",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        (
            RemoteFile(
                "train-images-idx3-ubyte.gz",
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            RemoteFile(
                "train-labels-idx1-ubyte.gz",
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            RemoteFile(
                "t10k-images-idx3-ubyte.gz",
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            RemoteFile(
                "t10k-labels-idx1-ubyte.gz",
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        ),
        variable="NNSTUDIO_MNIST",
    )
    names: ClassVar[tuple[str, ...]] = tuple(string.digits)
    lenient: ClassVar[bool] = True
    counts: ClassVar[Mapping[Part, tuple[int, ...]]] = {
        "train": (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
        "test": (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
    }

    type: Literal["MNIST"] = "MNIST"
    classes: tuple[Annotated[int, Field(ge=0, le=9)], ...] | None = Field(
        None,
        title="Only digits",
        description="Digits to keep, such as 0, 1; empty for all ten.",
        min_length=2,
        json_schema_extra={"none": "all ten"},
    )

    @classmethod
    def recognises(cls, images: Path | None, labels: Path | None) -> bool:
        """True unless these files hold something else than bytes and the digits 0 to 9."""
        try:
            if images is not None and read_idx(images, 3, header_only=True)[1].dtype != np.uint8:
                return False
            return labels is None or bool(read_idx(labels, 1)[1].max() <= 9)
        except DataError:
            return True  # what is wrong with them is said when they are read


class FashionMNIST(IdxPictures):
    """Fashion-MNIST: articles of clothing, 28x28 pixels, scaled to 0..1. Xiao, Rasul, Vollgraf 2017."""

    title: ClassVar[str] = "Fashion-MNIST"
    help: ClassVar[str] = "Ten kinds of clothes, 28x28 pixels: as MNIST, but harder to tell apart."
    icon: ClassVar[str] = "fashion"
    card: ClassVar[Card] = Card(
        "60,000 images for training, 10,000 for testing; 28x28 grey pixels; ten classes",
        "H. Xiao, K. Rasul, R. Vollgraf (Zalando Research), 2017, arXiv 1708.07747",
        "MIT",
        "https://github.com/zalandoresearch/fashion-mnist",
    )
    # The authors' repository: their own server speaks http only.
    release: ClassVar[Release | None] = Release(
        "fashion-mnist",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        (
            RemoteFile(
                "train-images-idx3-ubyte.gz",
                26_421_880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            RemoteFile(
                "train-labels-idx1-ubyte.gz",
                29_515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            RemoteFile(
                "t10k-images-idx3-ubyte.gz",
                4_422_102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            RemoteFile(
                "t10k-labels-idx1-ubyte.gz",
                5_148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        ),
    )
    names: ClassVar[tuple[str, ...]] = (
        "T-shirt",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )
    counts: ClassVar[Mapping[Part, tuple[int, ...]]] = {"train": (6000,) * 10, "test": (1000,) * 10}

    type: Literal["FashionMNIST"] = "FashionMNIST"


class KMNIST(IdxPictures):
    """Kuzushiji-MNIST: ten cursive hiragana, 28x28 pixels, scaled to 0..1. Clanuwat et al. 2018."""

    title: ClassVar[str] = "KMNIST"
    help: ClassVar[str] = "Ten cursive Japanese characters, 28x28 pixels, each written in several ways."
    icon: ClassVar[str] = "kmnist"
    card: ClassVar[Card] = Card(
        "60,000 images for training, 10,000 for testing; 28x28 grey pixels; ten classes",
        "KMNIST Dataset (created by CODH), adapted from Kuzushiji Dataset (created by NIJL and others), "
        "doi:10.20676/00000341",
        "CC BY-SA 4.0",
        "https://github.com/rois-codh/kmnist",
    )
    release: ClassVar[Release | None] = Release(
        "kmnist",
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        (
            RemoteFile(
                "train-images-idx3-ubyte.gz",
                18_165_135,
                "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
            ),
            RemoteFile(
                "train-labels-idx1-ubyte.gz",
                29_497,
                "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
            ),
            RemoteFile(
                "t10k-images-idx3-ubyte.gz",
                3_041_136,
                "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
            ),
            RemoteFile(
                "t10k-labels-idx1-ubyte.gz",
                5_120,
                "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            ),
        ),
    )
    names: ClassVar[tuple[str, ...]] = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
    counts: ClassVar[Mapping[Part, tuple[int, ...]]] = {"train": (6000,) * 10, "test": (1000,) * 10}

    type: Literal["KMNIST"] = "KMNIST"


class EMNISTLetters(IdxPictures):
    """EMNIST letters: handwritten A to Z, 28x28 pixels, scaled to 0..1. Cohen et al. 2017.

    Capital and small letters share a class. In the files, labels count from 1 and pictures lie column by column.
    """

    title: ClassVar[str] = "EMNIST letters"
    help: ClassVar[str] = "Handwritten letters from A to Z, 28x28 pixels; capital and small ones share a class."
    icon: ClassVar[str] = "letters"
    card: ClassVar[Card] = Card(
        "124,800 images for training, 20,800 for testing; 28x28 grey pixels; 26 classes",
        "G. Cohen, S. Afshar, J. Tapson, A. van Schaik, 2017, arXiv 1702.05373, from NIST's Special Database 19",
        "none named by the authors; published by NIST",
        "https://www.nist.gov/itl/products-and-services/emnist-dataset",
    )
    release: ClassVar[Release | None] = Release(
        "emnist",
        "https://biometrics.nist.gov/cs_links/EMNIST/",
        (
            RemoteFile(
                "gzip.zip",
                561_753_746,
                "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
                members=tuple(
                    f"gzip/emnist-letters-{part}-{kind}-ubyte.gz"
                    for part in ("train", "test")
                    for kind in ("images-idx3", "labels-idx1")
                ),
            ),
        ),
    )
    names: ClassVar[tuple[str, ...]] = tuple(string.ascii_uppercase)
    first_label: ClassVar[int] = 1
    counts: ClassVar[Mapping[Part, tuple[int, ...]]] = {"train": (4800,) * 26, "test": (800,) * 26}
    prefixes: ClassVar[Mapping[Part, tuple[str, ...]]] = {
        "train": ("emnist-letters-train",),
        "test": ("emnist-letters-test",),
    }
    transposed: ClassVar[bool] = True

    type: Literal["EMNISTLetters"] = "EMNISTLetters"
    classes: tuple[Annotated[int, Field(ge=0, le=25)], ...] | None = Field(
        None,
        title="Only letters",
        description="Numbers of the letters to keep, such as 0, 1 for A and B; empty for all.",
        min_length=2,
        json_schema_extra={"none": "all"},
    )

    @classmethod
    def recognises(cls, images: Path | None, labels: Path | None) -> bool:
        """True, since no other data have files of these names."""
        return True
