"""Pictures from files: which files, which pixels, what is refused, and the cache."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data import PictureFolder, Preparation, open_path
from engine.data.pictures import cache, listing, reading
from engine.data.pictures.decoding import BrokenPictureError, Target, decode, examine
from engine.data.pictures.listing import list_pictures, root_of_classes
from engine.data.progress import CancelledError, Progress, watched
from engine.errors import DataError
from tests.engine.picture_files import bomb, folders, write

SAME = Target(1, 4, 6)
COLOUR = Target(3, 4, 6)


@pytest.fixture
def ramp() -> np.ndarray:
    """Every pixel another grey, (4, 6)."""
    return (np.arange(24, dtype=np.uint8) * 10).reshape(4, 6)


class TestPixels:
    @pytest.mark.parametrize("suffix", ["png", "bmp", "gif"])
    def test_grey_pictures_keep_their_pixels(self, tmp_path: Path, ramp: np.ndarray, suffix: str) -> None:
        path = write(tmp_path / f"a.{suffix}", ramp)
        np.testing.assert_array_equal(decode(path, SAME), ramp[None])
        np.testing.assert_array_equal(decode(path, COLOUR), np.stack([ramp] * 3))

    @pytest.mark.parametrize("suffix", ["png", "bmp", "webp"])
    def test_colours_keep_their_pixels(self, tmp_path: Path, suffix: str) -> None:
        pixels = np.random.default_rng(0).integers(0, 256, (4, 6, 3)).astype(np.uint8)
        path = write(tmp_path / f"a.{suffix}", pixels, **({"lossless": True} if suffix == "webp" else {}))
        np.testing.assert_array_equal(decode(path, COLOUR), pixels.transpose(2, 0, 1))
        red, green, blue = pixels.transpose(2, 0, 1).astype(float)
        np.testing.assert_allclose(decode(path, SAME)[0], 0.299 * red + 0.587 * green + 0.114 * blue, atol=1)

    def test_jpeg(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.jpg", np.full((40, 60), 200, np.uint8), quality=95)
        np.testing.assert_allclose(decode(path, SAME), 200, atol=2)

    def test_sixteen_bits_keep_their_precision(self, tmp_path: Path) -> None:
        # Pillow's own conversion makes 255 of everything from 255 on.
        pixels = np.array([[0, 255, 256, 1000, 40_000, 65_535]] * 4, np.uint16)
        path = write(tmp_path / "a.png", pixels)
        found = decode(path, SAME)
        assert found.dtype == np.uint16
        np.testing.assert_array_equal(found[0], pixels)
        np.testing.assert_array_equal(reading.scaled(found)[0, 0], (pixels[0] / 65535).astype(np.float32))

    def test_sixteen_bits_can_be_resized(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.png", np.full((8, 12), 40_000, np.uint16))
        np.testing.assert_array_equal(decode(path, SAME), np.full((1, 4, 6), 40_000))

    def test_palette(self, tmp_path: Path) -> None:
        image = Image.new("P", (6, 4))
        image.putpalette([255, 0, 0, 0, 0, 255])
        image.putpixel((1, 2), 1)
        image.save(tmp_path / "a.png")
        found = decode(tmp_path / "a.png", COLOUR)
        assert found[:, 0, 0].tolist() == [255, 0, 0]
        assert found[:, 2, 1].tolist() == [0, 0, 255]

    @pytest.mark.parametrize(("background", "value"), [("white", 255), ("black", 0)])
    @pytest.mark.parametrize("palette", [False, True])
    def test_transparent_places_show_the_background(
        self, tmp_path: Path, background: str, value: int, palette: bool
    ) -> None:
        pixels = np.zeros((4, 6, 4), np.uint8)
        pixels[0, 0] = 100, 100, 100, 255
        image = Image.fromarray(pixels)
        (image.convert("P") if palette else image).save(tmp_path / "a.png")
        if palette:
            seen = Image.new("P", (6, 4), 1)
            seen.putpalette([100, 100, 100, 7, 7, 7])
            seen.putpixel((0, 0), 0)
            seen.save(tmp_path / "a.png", transparency=1)
        target = Target(1, 4, 6, background=background)  # type: ignore[arg-type]
        found = decode(tmp_path / "a.png", target)[0]
        assert found[0, 0] == 100
        assert (found.reshape(-1)[1:] == value).all()

    def test_half_transparent(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.png", np.full((4, 6, 4), (0, 0, 0, 128), np.uint8))
        np.testing.assert_allclose(decode(path, SAME), 127, atol=1)

    def test_black_and_white(self, tmp_path: Path) -> None:
        Image.new("1", (6, 4), 1).save(tmp_path / "a.png")
        np.testing.assert_array_equal(decode(tmp_path / "a.png", SAME), 255)

    def test_the_first_of_several_frames_counts(self, tmp_path: Path, ramp: np.ndarray) -> None:
        frames = [Image.fromarray(ramp), Image.fromarray(255 - ramp)]
        frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
        np.testing.assert_array_equal(decode(tmp_path / "a.gif", SAME), ramp[None])

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_turned_as_the_camera_was_held(self, tmp_path: Path, ramp: np.ndarray, orientation: int) -> None:
        # What is stored for each way of holding the camera, so that the picture is seen upright (EXIF 2.3, 4.6.4).
        stored = {
            1: ramp,
            2: ramp[:, ::-1],
            3: ramp[::-1, ::-1],
            4: ramp[::-1],
            5: ramp.T,
            6: ramp.T[::-1],
            7: ramp.T[::-1, ::-1],
            8: ramp.T[:, ::-1],
        }[orientation]
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = write(tmp_path / "a.png", np.ascontiguousarray(stored), exif=exif)
        np.testing.assert_array_equal(decode(path, SAME), ramp[None])
        assert (examine(path).height, examine(path).width) == (4, 6)

    def test_an_unreadable_note_of_the_camera_says_nothing(self, tmp_path: Path, ramp: np.ndarray) -> None:
        path = write(tmp_path / "a.png", ramp, exif=b"Exif\0\0nonsense")
        np.testing.assert_array_equal(decode(path, SAME), ramp[None])


class TestFit:
    @pytest.fixture
    def wide(self, tmp_path: Path) -> Path:
        """Black, white in the middle, black: three squares of 8 pixels."""
        pixels = np.zeros((8, 24), np.uint8)
        pixels[:, 8:16] = 255
        return write(tmp_path / "wide.png", pixels)

    def test_crop_keeps_the_middle(self, wide: Path) -> None:
        np.testing.assert_array_equal(decode(wide, Target(1, 8, 8, "crop")), 255)

    def test_pad_keeps_all_of_it(self, wide: Path) -> None:
        found = decode(wide, Target(1, 24, 24, "pad", "white"))[0]
        np.testing.assert_array_equal(found[:8], 255)
        np.testing.assert_array_equal(found[16:], 255)
        np.testing.assert_array_equal(found[8:16, 8:16], 255)
        np.testing.assert_array_equal(found[8:16, :8], 0)
        assert decode(wide, Target(3, 24, 24, "pad", "black"))[:, 0, 0].tolist() == [0, 0, 0]

    def test_stretch_changes_the_shape(self, wide: Path) -> None:
        found = decode(wide, Target(1, 6, 6, "stretch"))[0]
        assert (found[:, 2:4] > 200).all()
        assert (found[:, [0, 5]] < 50).all()

    def test_averages_over_the_area(self, tmp_path: Path) -> None:
        # Black and white lines of one pixel become an even grey: no line is passed over.
        pixels = np.zeros((64, 64), np.uint8)
        pixels[::2] = 255
        path = write(tmp_path / "lines.png", pixels)
        np.testing.assert_allclose(decode(path, Target(1, 8, 8))[0, 1:-1], 128, atol=3)

    def test_a_large_jpeg_is_as_its_png(self, tmp_path: Path) -> None:
        y, x = np.mgrid[:900, :1200]
        pixels = np.stack([x / 5, y / 4, 255 - x / 5], 2).astype(np.uint8)
        jpg, png = write(tmp_path / "a.jpg", pixels, quality=95), write(tmp_path / "a.png", pixels)
        for fit in ("crop", "pad", "stretch"):
            target = Target(3, 32, 32, fit)  # type: ignore[arg-type]
            apart = np.abs(decode(jpg, target).astype(int) - decode(png, target))
            # A padded edge may fall on another line.
            assert np.median(apart) <= 2
            assert np.percentile(apart, 90) <= 6


class TestBroken:
    def test_reasons(self, tmp_path: Path, ramp: np.ndarray) -> None:
        whole = write(tmp_path / "a.png", np.random.default_rng(0).integers(0, 255, (90, 90)).astype(np.uint8))
        (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:3000])
        jpg = write(tmp_path / "b.jpg", np.random.default_rng(0).integers(0, 255, (90, 90)).astype(np.uint8))
        (tmp_path / "cut.jpg").write_bytes(jpg.read_bytes()[:2000])
        (tmp_path / "text.png").write_text("no picture")
        (tmp_path / "empty.png").touch()
        (tmp_path / "script.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
        bomb(tmp_path / "bomb.png")
        bomb(tmp_path / "smaller.png", 10_000, 12_000)
        for name, reason in {
            "cut.png": "is cut off",
            "cut.jpg": "is cut off",
            "text.png": "is no PNG, JPEG, BMP, GIF or WebP picture",
            "script.png": "is no PNG, JPEG, BMP, GIF or WebP picture",
            "empty.png": "is empty",
            "bomb.png": "announces too many pixels; at most 89,478,485 are read",
            "smaller.png": "announces too many pixels; at most 89,478,485 are read",
            "gone.png": "is gone",
        }.items():
            with pytest.raises(BrokenPictureError) as error:
                decode(tmp_path / name, SAME)
            assert str(error.value) == reason, name

    def test_refused_with_names_and_reasons_until_left_out(self, tmp_path: Path) -> None:
        folders(tmp_path)
        (tmp_path / "cat" / "3.png").write_text("no picture")
        bomb(tmp_path / "dog" / "10.png")
        dataset = PictureFolder(path=str(tmp_path))
        with pytest.raises(DataError, match=r"2 of 13 pictures cannot be read: cat/3\.png is no PNG") as error:
            dataset.signature()
        assert "dog/10.png announces too many pixels" in str(error.value)
        fix = error.value.fix
        assert fix is not None
        assert fix.title == "Leave the 2 files out"
        assert isinstance(fix.dataset, PictureFolder)
        data = fix.dataset.load()
        assert len(data) == 11
        assert [name for name, _ in data.skipped] == ["cat/3.png", "dog/10.png"]
        assert data.notes[-1].startswith("2 files left out: cat/3.png is no PNG")
        # The others are those of their classes still.
        np.testing.assert_array_equal(data.x[:, 0, 0, 0] > 0.5, data.y == 1)

    def test_settling_asks_nothing_yet(self, tmp_path: Path) -> None:
        folders(tmp_path)
        (tmp_path / "cat" / "3.png").write_text("no picture")
        settled = open_path(tmp_path).settled()
        assert isinstance(settled, PictureFolder)
        assert (settled.size, settled.colour, settled.broken) == (8, "grey", "refuse")

    def test_nothing_but_broken_files(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "1.png").write_text("no picture")
        with pytest.raises(DataError, match=r"none of the pictures can be read: a/1\.png is no PNG"):
            open_path(tmp_path).settled()


class TestClasses:
    def test_a_folder_for_each_class(self, tmp_path: Path) -> None:
        folders(tmp_path, classes=("10", "2", "dog"))
        write(tmp_path / "2" / "deeper" / "x.PNG", np.full((8, 8), 141, np.uint8))
        (tmp_path / "2" / "notes.txt").write_text("no picture by its name")
        write(tmp_path / ".thumbs" / "x.png", np.zeros((8, 8), np.uint8))
        write(tmp_path / "__MACOSX" / "x.png", np.zeros((8, 8), np.uint8))
        data = open_path(tmp_path).load()
        assert data.classes == ("2", "10", "dog")
        assert np.bincount(data.y).tolist() == [7, 6, 6]
        assert data.x.shape == (19, 1, 8, 8)
        assert data.x.dtype == np.float32
        np.testing.assert_array_equal(np.rint(data.x[data.y == 1][:, 0, 0, 0] * 255), 40 + np.arange(6))
        assert not data.skipped

    def test_a_picture_beside_the_folders_is_told_of(self, tmp_path: Path) -> None:
        folders(tmp_path)
        write(tmp_path / "stray.png", np.zeros((8, 8), np.uint8))
        data = open_path(tmp_path).load()
        assert len(data) == 12
        assert data.skipped == (("stray.png", "lies in no folder of a class"),)
        assert data.notes == ("1 file left out: stray.png lies in no folder of a class",)

    @pytest.mark.parametrize(
        ("paths", "prefer", "root"),
        [
            (["a/1.png", "b/1.png"], "train", ""),
            (["set/a/1.png", "set/b/1.png"], "train", "set"),
            (["train/a/1.png", "train/b/1.png", "test/a/1.png"], "train", "train"),
            (["train/a/1.png", "train/b/1.png", "test/a/1.png"], "test", "test"),
            (["set/Training/a/1.png", "set/Testing/a/1.png", "set/val/a/1.png"], "test", "set/Testing"),
            (["train/a/1.png", "val/a/1.png"], "test", "train"),
            (["a/x/1.png", "b/y/1.png"], "train", ""),
            (["train/1.png", "test/1.png"], "train", ""),
            (["1.png"], "train", ""),
        ],
    )
    def test_root_of_the_classes(self, tmp_path: Path, paths: list[str], prefer: str, root: str) -> None:
        for path in paths:
            write(tmp_path / path, np.zeros((2, 2), np.uint8))
        assert root_of_classes(list_pictures(tmp_path), prefer) == root

    def test_a_link_that_leads_back_ends(self, tmp_path: Path) -> None:
        folders(tmp_path)
        try:
            os.symlink(tmp_path, tmp_path / "cat" / "loop")
        except OSError:
            pytest.skip("no links here")
        assert len(list_pictures(tmp_path)) == 12

    def test_a_large_folder_is_not_looked_through_at_once_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = 100.0
        monkeypatch.setattr(listing, "_LONG", -1.0)
        monkeypatch.setattr(listing, "_REST", 1e12)
        monkeypatch.setattr(time, "monotonic", lambda: now)
        folders(tmp_path)
        ticks = iter([100.0, 101.0])
        monkeypatch.setattr(time, "monotonic", lambda: next(ticks, now))
        assert len(list_pictures(tmp_path)) == 12
        write(tmp_path / "cat" / "new.png", np.zeros((2, 2), np.uint8))
        assert len(list_pictures(tmp_path)) == 12
        now = 101.0 + listing._LONGEST_REST
        assert len(list_pictures(tmp_path)) == 13

    @pytest.mark.parametrize(
        ("make", "sentence"),
        [
            (
                lambda root: folders(root, classes=("cat",)),
                "the folders: found one class, 'cat'; expected a folder",
            ),
            (lambda root: write(root / "1.png", np.zeros((2, 2), np.uint8)), "but no folders of classes"),
            (lambda root: None, "holds no pictures; expected files that end in .png"),
        ],
    )
    def test_what_is_refused(self, tmp_path: Path, make: object, sentence: str) -> None:
        make(tmp_path)  # type: ignore[operator]
        with pytest.raises(DataError, match=sentence):
            PictureFolder(path=str(tmp_path)).load()

    def test_some_of_each_class(self, tmp_path: Path) -> None:
        folders(tmp_path)
        dataset = PictureFolder(path=str(tmp_path), per_class=2)
        assert np.bincount(dataset.load().y).tolist() == [2, 2]
        assert len(dataset.whole().load()) == 12


class TestTable:
    @pytest.fixture
    def flat(self, tmp_path: Path) -> Path:
        for number in range(6):
            write(tmp_path / f"p{number}.png", np.full((8, 8), 40 * number, np.uint8))
        return tmp_path

    @pytest.mark.parametrize(
        "text",
        [
            "file,label\np0.png,cat\np1.png,dog\np5.png,cat\n",
            "id;class\r\np0;cat\r\np1;dog\r\np5;cat\r\n",
            "label\tnumber\tname\ncat\t1\t./p0.png\ndog\t2\tp1.png\ncat\t3\tP5.PNG\n",
            '"name","label"\n"p0.png","cat"\n"p1.png","dog"\n"p5.png","cat"\n',
            "p0.png,cat\np1.png,dog\np5.png,cat\n",
            "Pictures of pets\n\nfile|label\np0.png|cat\np1.png|dog\np5.png|cat\n",
            'file,note,label\np0.png,"a, b",cat\np1.png,"two\nlines",dog\np5.png,,cat\n',
        ],
    )
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_names_and_labels(self, flat: Path, text: str, encoding: str) -> None:
        (flat / "labels.csv").write_text(text, encoding=encoding)
        settled = open_path(flat).settled()
        assert isinstance(settled, PictureFolder)
        assert settled.table == "labels.csv"
        data = settled.load()
        assert [data.classes[label] for label in data.y] == ["cat", "dog", "cat"]
        np.testing.assert_array_equal(np.rint(data.x[:, 0, 0, 0] * 255), [0, 40, 200])
        assert len(data.skipped) == 3
        assert PictureFolder(path=str(flat)).load().classes == ("cat", "dog")

    def test_numbers_are_predicted(self, flat: Path) -> None:
        lines = "".join(f"p{number}.png,{20 + number / 2}\n" for number in range(6))
        (flat / "ages.csv").write_text("file,age\n" + lines)
        data = open_path(flat).load()
        assert data.task == "regression"
        np.testing.assert_array_equal(data.y[:, 0], 20 + np.arange(6) / 2)

    def test_what_does_not_match_is_told(self, flat: Path) -> None:
        (flat / "labels.csv").write_text("file,label\np0.png,a\np1.png,b\np2.png,\ngone.png,a\n")
        data = open_path(flat).load()
        assert len(data) == 2
        assert dict(data.skipped) == {
            "p2.png (no label)": "is named in the table, but is no picture in the folder",
            "gone.png": "is named in the table, but is no picture in the folder",
            "p2.png": "has no label in the table",
            "p3.png": "has no label in the table",
            "p4.png": "has no label in the table",
            "p5.png": "has no label in the table",
        }

    def test_a_table_beside_the_folder(self, tmp_path: Path) -> None:
        for number in range(4):
            write(tmp_path / "train" / f"{number}.png", np.full((8, 8), 40 * number, np.uint8))
        (tmp_path / "train.csv").write_text("id,label\n" + "".join(f"{number},{number % 2}\n" for number in range(4)))
        data = open_path(tmp_path / "train").load()
        assert data.y.tolist() == [0, 1, 0, 1]

    @pytest.mark.parametrize(
        ("text", "settings", "sentence"),
        [
            ("a,b\nx,1\n", {}, "has no column that names the pictures; its columns are a, b"),
            ("file,label\np0.png,1\n", {"labels": "kind"}, "has no column 'kind'; it has file, label"),
            ("file,label\n", {}, "holds no rows"),
            ("file\np0.png\n", {}, "has one column, 'file'"),
            ('file,label\np0.png,"a\np1.png,b\n', {}, "line 2: the quote that opens here"),
            ("file,label\np0.png,a\np1.png\n", {"labels": "label"}, "line 3: found 1 values, expected 2"),
        ],
    )
    def test_what_is_refused(self, flat: Path, text: str, settings: dict[str, str], sentence: str) -> None:
        (flat / "labels.csv").write_text(text)
        with pytest.raises(DataError, match=sentence):
            PictureFolder(path=str(flat), table="labels.csv", **settings).load()


class TestGuess:
    def test_a_common_small_size_is_kept(self, tmp_path: Path) -> None:
        for label in "ab":
            write(tmp_path / label / "1.png", np.zeros((20, 30, 3), np.uint8))
        settled = open_path(tmp_path).settled()
        assert isinstance(settled, PictureFolder)
        # Black is grey, whatever the file can hold.
        assert (settled.size, settled.colour) == ((20, 30), "grey")

    def test_a_common_large_size_is_reduced(self, tmp_path: Path) -> None:
        for label in "ab":
            write(tmp_path / label / "1.png", np.full((240, 320, 3), (9, 99, 200), np.uint8))
        settled = open_path(tmp_path).settled()
        assert isinstance(settled, PictureFolder)
        assert (settled.size, settled.colour) == ((48, 64), "colour")
        assert settled.signature().input_shape == (3, 48, 64)

    def test_several_sizes_become_squares(self, tmp_path: Path) -> None:
        write(tmp_path / "a" / "1.png", np.zeros((240, 320), np.uint8))
        write(tmp_path / "b" / "1.png", np.zeros((50, 40), np.uint8))
        settled = open_path(tmp_path).settled()
        assert isinstance(settled, PictureFolder)
        assert settled.size == 64

    def test_too_much_for_the_memory(self, tmp_path: Path) -> None:
        dataset = PictureFolder(path=str(folders(tmp_path, each=30)), size=4096)
        with pytest.raises(DataError, match=r"60 pictures of 4096 x 4096 pixels take 4.0 GB; at most 2.1 GB"):
            dataset.load()

    def test_pictures_of_eight_and_sixteen_bits(self, tmp_path: Path) -> None:
        write(tmp_path / "a" / "1.png", np.full((8, 8), 255, np.uint8))
        write(tmp_path / "b" / "1.png", np.full((8, 8), 1000, np.uint16))
        write(tmp_path / "b" / "2.png", np.full((8, 8), 51, np.uint8))
        data = open_path(tmp_path).load()
        np.testing.assert_allclose(data.x[:, 0, 0, 0], [1, 1000 / 65535, 0.2], rtol=1e-6)


class TestForANetwork:
    def test_another_folder_is_read_as_the_network_takes_it(self, tmp_path: Path) -> None:
        data = open_path(folders(tmp_path / "small")).load()
        known = Preparation.fit(data)
        write(tmp_path / "large" / "dog" / "1.png", np.full((30, 40, 3), 140, np.uint8))
        read = open_path(tmp_path / "large").load_like(known)
        assert read.x.shape == (1, 1, 8, 8)
        assert read.y.tolist() == [1]
        write(tmp_path / "large" / "bird" / "1.png", np.full((30, 40, 3), 140, np.uint8))
        with pytest.raises(DataError, match="the folders: found the class 'bird', but the network knows cat, dog"):
            open_path(tmp_path / "large").load_like(known)

    def test_one_picture_and_a_folder_to_predict(self, tmp_path: Path) -> None:
        known = Preparation.fit(open_path(folders(tmp_path / "small")).load())
        path = write(tmp_path / "new" / "1.png", np.full((30, 40, 3), 51, np.uint8))
        x, _ = PictureFolder.read_inputs(str(path), known)
        np.testing.assert_array_equal(x, np.full((1, 1, 8, 8), np.float32(0.2)))
        (tmp_path / "new" / "2.png").write_text("no picture")
        found = PictureFolder(broken="leave_out").read_unlabelled(str(tmp_path / "new"), known)
        assert (len(found.x), found.names) == (1, ("1.png",))
        assert found.notes == ("1 file left out: 2.png is no PNG, JPEG, BMP, GIF or WebP picture",)

    def test_numbers_are_no_pictures(self, tmp_path: Path) -> None:
        known = Preparation(input_shape=(4,), task="classification", classes=("a", "b"))
        with pytest.raises(DataError, match="found a picture, but a sample has 4 inputs here"):
            PictureFolder.read_inputs(str(folders(tmp_path)), known)


class TestCache:
    @pytest.fixture(autouse=True)
    def own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(reading, "WORTH_KEEPING", -1.0)
        monkeypatch.setattr(cache, "folder", lambda: tmp_path / "cache")
        return tmp_path / "cache"

    @pytest.fixture
    def decoded(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Names of the files that were decoded."""
        names: list[str] = []

        def counted(path: Path, target: Target) -> np.ndarray:
            names.append(path.name)
            return decode(path, target)

        monkeypatch.setattr(reading, "decode", counted)
        return names

    def test_nothing_is_decoded_twice(self, tmp_path: Path, decoded: list[str], own: Path) -> None:
        dataset = PictureFolder(path=str(folders(tmp_path / "set")), broken="leave_out")
        (tmp_path / "set" / "cat" / "2.png").write_text("no picture")
        first = dataset.read()
        assert len(decoded) == 12
        second = dataset.read()
        assert len(decoded) == 12
        np.testing.assert_array_equal(first.x, second.x)
        np.testing.assert_array_equal(first.y, second.y)
        assert first.skipped == second.skipped
        assert len(list(own.glob("*.npy"))) == 1

    def test_changed_files_and_settings_are_read_anew(self, tmp_path: Path, decoded: list[str]) -> None:
        dataset = PictureFolder(path=str(folders(tmp_path / "set")))
        dataset.read()
        stamps = dataset.stamps()
        write(tmp_path / "set" / "cat" / "0.png", np.full((8, 8), 0, np.uint8))
        os.utime(tmp_path / "set" / "cat" / "0.png", (1, 1))
        assert dataset.stamps() != stamps
        assert dataset.read().x[0, 0, 0, 0] == 0
        assert len(decoded) == 24
        dataset.with_changes(size=4).read()
        assert len(decoded) == 36

    def test_a_damaged_entry_is_made_again(self, tmp_path: Path, decoded: list[str], own: Path) -> None:
        dataset = PictureFolder(path=str(folders(tmp_path / "set")))
        whole = dataset.read()
        (entry,) = own.glob("*.npy")
        for content in (b"", entry.read_bytes()[:100], b"\x93NUMPY nonsense"):
            entry.write_bytes(content)
            np.testing.assert_array_equal(dataset.read().x, whole.x)
        entry.with_suffix(".json").write_text(json.dumps([1]))
        np.testing.assert_array_equal(dataset.read().x, whole.x)
        assert len(decoded) == 5 * 12

    def test_the_longest_unused_goes_first(
        self, tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch, decoded: list[str]
    ) -> None:
        dataset = PictureFolder(path=str(folders(tmp_path / "set")))
        sizes = [dataset.with_changes(size=side) for side in (8, 9, 10)]
        for place, each in enumerate(sizes[:2]):
            each.read()
            newest = max(own.glob("*.npy"), key=lambda file: file.stat().st_mtime_ns)
            os.utime(newest, (place, place))
        monkeypatch.setattr(cache, "LARGEST", 12 * (81 + 100) + 300)
        sizes[2].read()
        assert len(list(own.glob("*.npy"))) == 2
        decoded.clear()
        sizes[1].read()
        assert decoded == []

    def test_a_folder_that_cannot_be_written_is_no_error(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").touch()
        monkeypatch.setattr(cache, "folder", lambda: tmp_path / "file" / "cache")
        assert len(PictureFolder(path=str(folders(tmp_path / "set"))).read()) == 12


class TestProgress:
    def test_counts_the_pictures(self, tmp_path: Path) -> None:
        progress = Progress()
        with watched(progress):
            PictureFolder(path=str(folders(tmp_path, each=50))).read()
        assert (progress.done, progress.total, progress.unit) == (100, 100, "pictures")

    def test_cancelled_from_another_thread(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        begun, go_on = threading.Event(), threading.Event()

        def slow(path: Path, target: Target) -> np.ndarray:
            begun.set()
            assert go_on.wait(20)
            return decode(path, target)

        monkeypatch.setattr(reading, "decode", slow)
        progress = Progress()
        caught: list[BaseException] = []

        def read() -> None:
            with watched(progress):
                try:
                    PictureFolder(path=str(folders(tmp_path, each=50)), size=8, colour="grey").read()
                except CancelledError as error:
                    caught.append(error)

        thread = threading.Thread(target=read)
        thread.start()
        assert begun.wait(20)
        progress.cancel()
        go_on.set()
        thread.join(20)
        assert [str(error) for error in caught] == ["Reading these data was cancelled."]
        assert progress.done < 100
