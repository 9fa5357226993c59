import os

import pytest

from coachable.files import make_folder, read_json, whole_folder, write_json, write_whole
from teaching import UserError


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"x": [1, None, "é"]})
    assert read_json(path) == {"x": [1, None, "é"]}
    write_whole(path, b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    write_whole(path, "é")
    assert path.read_bytes() == "é".encode()
    write_whole(path, [b"ab", memoryview(b"cd")])
    assert path.read_bytes() == b"abcd"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_write_that_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a"
    write_whole(path, "old")

    def chunks():
        yield b"new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, chunks())
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_the_data_is_on_the_disk_before_the_name_changes(tmp_path, monkeypatch):
    calls = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (calls.append("fsync"), fsync(fd)))
    monkeypatch.setattr(os, "replace", lambda a, b: (calls.append("replace"), replace(a, b)))
    write_whole(tmp_path / "a", "x")
    assert calls == ["fsync", "replace", "fsync"]


def test_an_unwritable_place_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "missing" / "a", tmp_path / "file" / "a"):
        with pytest.raises(UserError, match="cannot write") as caught:
            write_whole(path, "x")
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="cannot make the folder"):
        make_folder(tmp_path / "file" / "a")


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1} x', b"\xff\xfe"])
def test_damaged_json_is_one_line(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(UserError, match="is damaged") as caught:
        read_json(tmp_path / "a")
    assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="cannot read"):
        read_json(tmp_path / "missing")


def fill(folder, text):
    (folder / "data").mkdir()
    (folder / "data" / "file").write_text(text)


def test_a_folder_appears_whole_and_replaces_the_old_one(tmp_path):
    for text in ("old", "new"):
        with whole_folder(tmp_path / "a") as folder:
            fill(folder, text)
            assert (tmp_path / "a").exists() == (text == "new")
        assert (tmp_path / "a" / "data" / "file").read_text() == text
        assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("failing", ["block", "rename"])
def test_a_folder_that_fails_half_way_leaves_the_old_one_and_nothing_else(
    tmp_path, monkeypatch, failing
):
    with whole_folder(tmp_path / "a") as folder:
        fill(folder, "old")
    replace = os.replace

    def refuse(source, target):
        if ".new." in str(source):
            raise OSError(5, "Input/output error")
        replace(source, target)

    def attempt():
        with whole_folder(tmp_path / "a") as folder:
            fill(folder, "new")
            if failing == "block":
                raise OSError(28, "No space left on device")
            monkeypatch.setattr(os, "replace", refuse)

    with pytest.raises(UserError, match=r"cannot write .*a: (No space|Input)"):
        attempt()
    assert (tmp_path / "a" / "data" / "file").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_folder_where_none_can_be_is_one_line(tmp_path):
    with pytest.raises(UserError, match="cannot write"), whole_folder(tmp_path / "none" / "a"):
        raise AssertionError("never filled")
