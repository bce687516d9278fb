"""Film files: frames joined into GIF and APNG, written in a thread, whole or not at all."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from nnstudio.export import animation
from nnstudio.export.animation import ANIMATIONS, ApngAnimation, GifAnimation, TooLongError
from nnstudio.export.film_writer import FilmWriter

SIZE = 40, 24


def frame(place: int) -> Image.Image:
    """A bar that moves over a shaded ground."""
    pixels = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    pixels[..., 0] = np.linspace(0, 100, SIZE[0]).astype(np.uint8)
    pixels[4:12, place * 3 : place * 3 + 5] = (250, 30 + place, 90)
    return Image.fromarray(pixels)


FRAMES = [frame(place) for place in (0, 1, 1, 4, 9)]


def read_back(content: bytes) -> tuple[Image.Image, list[Image.Image]]:
    image = Image.open(io.BytesIO(content))
    return image, [each.convert("RGB") for each in ImageSequence.Iterator(image)]


class TestAnimation:
    @pytest.mark.parametrize("kind", sorted(ANIMATIONS))
    @pytest.mark.parametrize("loop", [True, False])
    def test_all_frames_come_back_with_size_time_and_loop(self, kind: str, loop: bool) -> None:
        made = ANIMATIONS[kind](SIZE, 0.2, loop=loop)
        for each in FRAMES:
            made.add(each)
        image, found = read_back(made.finish())
        assert image.size == SIZE
        assert len(found) == made.frames == len(FRAMES)
        # A frame has at most 100 colours, so that GIF loses nothing either.
        for one, other in zip(found, FRAMES, strict=True):
            np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
        assert image.info["duration"] == 200
        if kind == "gif":
            assert image.info.get("loop") == (0 if loop else None)
        else:
            assert image.info["loop"] == (0 if loop else 1)

    def test_one_frame_and_none(self) -> None:
        for kind in ANIMATIONS.values():
            made = kind(SIZE, 0.1, loop=True)
            made.add(FRAMES[0])
            _, (found,) = read_back(made.finish())
            np.testing.assert_array_equal(np.asarray(found), np.asarray(FRAMES[0]))

    def test_noise_keeps_all_colours_as_apng_and_its_look_as_gif(self) -> None:
        rng = np.random.default_rng(0)
        noise = [Image.fromarray(rng.integers(0, 256, (60, 50, 3), np.uint8)) for _ in range(3)]
        for kind, most in ((ApngAnimation, 0), (GifAnimation, 40)):
            made = kind((50, 60), 0.1, loop=True)
            for each in noise:
                made.add(each)
            _, found = read_back(made.finish())
            for one, other in zip(found, noise, strict=True):
                away = np.abs(np.asarray(one, int) - np.asarray(other, int)).mean()
                assert away <= most

    def test_only_what_changes_is_stored(self) -> None:
        for kind in ANIMATIONS.values():
            made = kind(SIZE, 0.1, loop=True)
            made.add(FRAMES[0])
            first = len(made.finish())
            made.add(FRAMES[0])
            assert len(made.finish()) - first < 80

    def test_frames_of_another_size_are_refused(self) -> None:
        with pytest.raises(ValueError, match="expected RGB frames of"):
            GifAnimation((10, 10), 0.1, loop=True).add(FRAMES[0])

    def test_memory_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(animation, "MOST_BYTES", 1000)
        made = ApngAnimation(SIZE, 0.1, loop=True)
        made.add(FRAMES[0])
        noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8))
        with pytest.raises(TooLongError, match="choose fewer or smaller"):
            made.add(noise)


class TestWriter:
    def write(self, path: Path, frames: list[Image.Image]) -> list[Exception | None]:
        ended, errors = threading.Event(), list[Exception | None]()

        def end(error: Exception | None) -> None:
            errors.append(error)
            ended.set()

        writer = FilmWriter(GifAnimation(SIZE, 0.1, loop=True), path, end)
        for each in frames:
            while not writer.offer(each.tobytes()):
                ended.wait(0.001)
                if errors:
                    return errors
        while not writer.finish():
            ended.wait(0.001)
        assert ended.wait(10)
        return errors

    def test_the_file_holds_every_frame(self, tmp_path: Path) -> None:
        path = tmp_path / "film.gif"
        assert self.write(path, FRAMES * 3) == [None]
        _, found = read_back(path.read_bytes())
        assert len(found) == 15
        assert [each.name for each in tmp_path.iterdir()] == ["film.gif"]

    def test_a_cancelled_film_leaves_what_was_there(self, tmp_path: Path) -> None:
        path = tmp_path / "film.gif"
        path.write_bytes(b"an older film")
        errors: list[Exception | None] = []
        writer = FilmWriter(GifAnimation(SIZE, 0.1, loop=True), path, errors.append)
        for each in FRAMES:
            writer.offer(each.tobytes())
        writer.cancel()
        assert writer.join(10)
        assert (path.read_bytes(), errors) == (b"an older film", [])
        assert len(list(tmp_path.iterdir())) == 1

    def test_cancelled_while_it_is_put_together_it_leaves_nothing(self, tmp_path: Path) -> None:
        errors: list[Exception | None] = []

        class Patient(GifAnimation):
            def finish(self) -> bytes:
                writer.cancel()
                return super().finish()

        writer = FilmWriter(Patient(SIZE, 0.1, loop=True), tmp_path / "film.gif", errors.append)
        assert writer.offer(FRAMES[0].tobytes())
        assert writer.finish()
        assert writer.join(10)
        assert (errors, list(tmp_path.iterdir())) == ([], [])

    def test_a_place_that_takes_no_file_is_told_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="no folder"):
            FilmWriter(GifAnimation(SIZE, 0.1, loop=True), tmp_path / "none" / "film.gif", print)

    def test_an_error_in_the_thread_is_told(self, tmp_path: Path) -> None:
        # Too few pixels for a frame.
        (error,) = self.write(tmp_path / "film.gif", [Image.new("RGB", (3, 3))])
        assert isinstance(error, ValueError)
        assert not list(tmp_path.iterdir())
