"""From a cell to a file, and from a file to samples and pixels."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from cellsense.tasks import pictures, recordings
from cellsense.tasks.answers import ADDRESS, NETWORK, NO_FILE, OUTSIDE, UNREADABLE, Failure
from cellsense.tasks.paths import PathRules

NOWHERE_ELSE = PathRules()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("a.wav", "a.wav"),
        ("  a.wav ", "a.wav"),
        ('"a.wav"', "a.wav"),
        ("./a.wav", "a.wav"),
        ("none/../a.wav", "a.wav"),
        ("../home/a.wav", "a.wav"),
        ("none.wav", NO_FILE),
        (".", NO_FILE),
        ("a.wav/x", NO_FILE),
        ("a\0.wav", NO_FILE),
        ("~/a.wav", NO_FILE),
        ("../outside.wav", OUTSIDE),
        ("../home-2/a.wav", OUTSIDE),
        ("/etc/passwd", OUTSIDE),
        ("/", OUTSIDE),
        ("//server/share/a.wav", NETWORK),
        (r"\\server\share\a.wav", NETWORK),
        (r"\/server\share\a.wav", NETWORK),
        (r"/\server/share/a.wav", NETWORK),
        (r"\\?\C:\a.wav", NETWORK),
        ("https://example.com/a.wav", ADDRESS),
        ("HTTP://example.com/a.wav", ADDRESS),
        ("file:///etc/passwd", ADDRESS),
        ("s3://bucket/a.wav", ADDRESS),
        ("data:audio/wav;base64,UklG", ADDRESS),
    ],
)
def test_paths(folder: Path, cell: str, expected: str | Failure) -> None:
    found = NOWHERE_ELSE.find(cell, folder)
    assert found == (folder.resolve() / expected if isinstance(expected, str) else expected)


@pytest.mark.skipif(os.sep != "/", reason="there, a backslash is no part of a name")
def test_a_path_from_windows(folder: Path) -> None:
    (folder / "rec").mkdir()
    (folder / "a.wav").rename(folder / "rec" / "a.wav")
    assert NOWHERE_ELSE.find(r"rec\a.wav", folder) == folder.resolve() / "rec" / "a.wav"
    assert NOWHERE_ELSE.find(r"..\outside.wav", folder) == OUTSIDE


def test_links_count_for_what_they_lead_to(folder: Path) -> None:
    outside = folder.parent / "outside.wav"
    (folder / "out.wav").symlink_to(outside)
    (folder / "up").symlink_to(folder.parent)
    (folder / "circle").symlink_to(folder / "circle")
    (folder / "in.wav").symlink_to(folder / "a.wav")
    assert NOWHERE_ELSE.find("out.wav", folder) == OUTSIDE
    assert NOWHERE_ELSE.find("up/outside.wav", folder) == OUTSIDE
    assert NOWHERE_ELSE.find("circle", folder) == NO_FILE
    assert NOWHERE_ELSE.find("in.wav", folder) == (folder / "a.wav").resolve()
    for rules in (
        PathRules.of([folder.parent], anywhere=False),
        PathRules.of([folder / "up"], anywhere=False),
        PathRules.of([], anywhere=True),
    ):
        assert rules.find("out.wav", folder) == outside.resolve()
        assert rules.find("https://example.com/a.wav", folder) == ADDRESS


def test_a_pipe_is_no_file(folder: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(folder / "pipe.wav")
    assert NOWHERE_ELSE.find("pipe.wav", folder) == NO_FILE


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3"])
def test_recordings_are_resampled_and_made_mono(tmp_path: Path, kind: str) -> None:
    def tone(rate: int) -> np.ndarray:
        return 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)

    stereo = np.stack([tone(44_100), np.zeros(44_100)], axis=1)
    soundfile.write(tmp_path / f"a.{kind}", stereo, 44_100)
    samples = recordings.read_recording(tmp_path / f"a.{kind}", 16_000)
    assert isinstance(samples, np.ndarray)
    assert samples.dtype == np.float32
    assert abs(len(samples) - 16_000) <= 1500  # MP3 adds silence
    spectrum = np.abs(np.fft.rfft(samples, 16_000))
    assert spectrum.argmax() == 440
    assert np.abs(samples[4000:12_000]).max() == pytest.approx(0.25, abs=0.02)


def test_a_recording_at_the_models_rate_is_as_it_is(tmp_path: Path) -> None:
    samples = np.linspace(-0.5, 0.5, 3_000_000, dtype=np.float32)  # more than one block
    soundfile.write(tmp_path / "a.wav", samples, 16_000, subtype="FLOAT")
    assert np.array_equal(recordings.read_recording(tmp_path / "a.wav", 16_000), samples)


def test_resampling_in_blocks_leaves_no_seams(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = np.random.default_rng(3).standard_normal(50_000) * 0.1
    soundfile.write(tmp_path / "a.wav", chance, 44_100, subtype="FLOAT")
    whole = recordings.read_recording(tmp_path / "a.wav", 16_000)
    monkeypatch.setattr(recordings, "_BLOCK", 777)
    assert np.allclose(recordings.read_recording(tmp_path / "a.wav", 16_000), whole, atol=1e-6)


def test_recordings_that_are_none(folder: Path, tmp_path: Path) -> None:
    assert recordings.read_recording(folder / "bad.wav", 16_000) == UNREADABLE
    soundfile.write(tmp_path / "a.paf", np.zeros(99), 16_000, format="PAF")  # a rare format
    assert recordings.read_recording(tmp_path / "a.paf", 16_000) == UNREADABLE
    (tmp_path / "a.raw").write_bytes(b"\0" * 64)
    assert recordings.read_recording(tmp_path / "a.raw", 16_000) == UNREADABLE
    assert recordings.read_recording(folder / "a.png", 16_000) == UNREADABLE
    assert recordings.read_recording(folder / "empty.wav", 16_000) == Failure("an empty recording")
    hours = recordings.MOST_HOURS * 3600 + 1
    soundfile.write(tmp_path / "long.wav", np.zeros(hours), 1)  # a sample a second
    found = recordings.read_recording(tmp_path / "long.wav", 16_000)
    assert found == Failure("longer than 6 hours")


def test_pictures_are_upright_and_in_rgb(tmp_path: Path) -> None:
    picture = Image.new("L", (30, 20), 9)
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    picture.save(tmp_path / "a.jpg", exif=exif)
    found = pictures.read_picture(tmp_path / "a.jpg")
    assert (found.size, found.mode) == ((20, 30), "RGB")


def test_pictures_that_are_none(folder: Path, tmp_path: Path) -> None:
    assert pictures.read_picture(folder / "bad.png") == UNREADABLE
    assert pictures.read_picture(folder / "a.wav") == UNREADABLE
    Image.new("RGB", (9, 9)).save(tmp_path / "a.eps")  # a program for another program
    assert pictures.read_picture(tmp_path / "a.eps") == UNREADABLE
    for side in (10_000, 15_000):
        Image.new("1", (side, side)).save(tmp_path / "big.png")
        assert pictures.read_picture(tmp_path / "big.png") == Failure("over 89 megapixels")
