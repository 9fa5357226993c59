import io

import gymnasium as gym
import numpy as np
import pytest

from algorithms.verbal.agent import LiteralLearner
from algorithms.verbal.config import LiteralConfig
from algorithms.verbal.corrections import losses
from algorithms.verbal.corrections.manners import CorrectedManner
from algorithms.verbal.memory import beliefs, manners
from algorithms.verbal.memory.similarity import both, nearness, tfidf
from algorithms.verbal.memory.store import Entry, Memory, merged, open_memory, read_memory
from envs.arm.manner import MANNER as PUSHING
from envs.collection.task import COLLECTION, CollectionConfig
from envs.driving.manner import MANNER as DRIVING
from simulated_humans.speaking import SpeakingHuman
from simulated_humans.speaking_config import SpeakingConfig
from teaching import HumanInTheLoop, UserError

HERE = np.array([1.0, 0.0])


def speaking():
    env = gym.make("coachable/Collection-v0")
    config = CollectionConfig()
    human = SpeakingHuman(SpeakingConfig(), COLLECTION.oracle(env, config), env.action_space)
    return HumanInTheLoop(env, human)


def taught(*texts):
    learner = CorrectedManner(DRIVING)
    for text in texts:
        learner.hear(text)
    return learner


def test_texts_are_as_alike_as_the_rare_words_that_they_share():
    # Of "cake party", "cake wedding" and "school": cake in two of three, the others in one.
    common, rare = 1 + np.log(4 / 3), 1 + np.log(4 / 2)
    expected = common**2 / (common**2 + rare**2)  # log(1 + 1) cancels
    found = tfidf("the cake for a party", ["cake of the wedding", "school"])
    assert found == pytest.approx([expected, 0.0])
    assert tfidf("of the", ["of the"]) == pytest.approx([0.0])  # function words say nothing


def test_scenes_are_as_near_as_their_squared_distance_is_small():
    assert nearness(np.zeros(2), np.array([[0.0, 0.0], [1.0, 1.0]])) == pytest.approx([1.0, 1 / 3])
    assert both(np.array([0.5, -0.1]), np.array([0.4, 1.0])) == pytest.approx([0.2, 0.0])


def test_only_what_is_alike_in_words_and_looks_and_of_the_same_kind_is_recalled():
    def entry(kind, text, scene):
        return Entry(kind, text, np.array(scene), {"amounts": np.zeros(1)}, 1)

    right = entry("a", "bring the cake", [1.0, 0.0])
    memory = Memory(
        [
            entry("a", "bring the cake", [9.0, 0.0]),
            entry("a", "fetch a surgeon", [1.0, 0.0]),
            entry("b", "bring the cake", [1.0, 0.0]),
            right,
        ]
    )
    assert [e for _, e in memory.recall("a", "cake, please bring", HERE)] == [right]
    by_words = memory.recall("a", "bring cake", np.zeros(0))
    assert len(by_words) == 2 and all(e.text == right.text for _, e in by_words)
    assert len(memory.recall("a", "", HERE)) == 2  # by looks alone
    assert memory.recall("a", "", np.zeros(0)) == []


def test_what_is_recalled_is_the_mean_weighted_by_squared_similarity():
    memory, first, second = Memory(), taught("much faster"), taught("a bit slower")
    manners.keep(memory, first, "bring the cake to the party", HERE, 1)
    manners.keep(memory, second, "cake", HERE + np.array([0.5, 0.0]), 1)
    learner = CorrectedManner(DRIVING)
    found = manners.reuse(memory, learner, "cake party", HERE)
    weight = {e.text: s**2 for s, e in found}
    mean = (2.0 * weight["bring the cake to the party"] - 0.35 * weight["cake"]) / sum(
        weight.values()
    )
    assert len(found) == 2 and learner.amounts[0, 0] == pytest.approx(mean)
    learner.hear("faster")  # half a step: what is left to correct is less
    assert learner.amounts[0, 0] == pytest.approx(mean + 0.5)


def test_manners_of_another_task_are_not_taken_for_this_one_s():
    memory = Memory()
    manners.keep(memory, taught("faster"), "bring the cake", HERE, 1)
    assert manners.reuse(memory, CorrectedManner(PUSHING), "bring the cake", HERE) == []


def test_a_preference_recalls_that_nobody_complained():
    learner = CorrectedManner(DRIVING, "preference")
    amounts = np.zeros_like(learner.amounts)
    amounts[0, 0] = 2.0
    learner.begin(amounts, 0.5)
    # Two normals: the prior, and the recalled one at half of its precision.
    prior, recalled = 1 / losses.PRIOR_SD**2, 0.5 / losses.CONTENT_SD**2
    assert learner.amounts[0, 0] == pytest.approx(2.0 * recalled / (prior + recalled), abs=0.01)


def test_a_belief_of_the_same_task_is_taken_over_whole_and_of_a_like_one_in_part():
    first = LiteralLearner(speaking(), LiteralConfig(task="stones for the queen"))
    prior = first.precision.copy(), first.shift.copy()
    obs, _ = first.env.env.reset(seed=1) if hasattr(first.env, "env") else first.env.reset()
    obs = np.asarray(obs).reshape(-1)[:160]
    first.hear("pink circles are the best", obs, np.int64(3))
    memory = read_memory(first.memory(), "here")
    assert memory.entries[0].utterances == 1
    for task, share in (("stones for the queen", 1.0), ("stones for the king", None)):
        second = LiteralLearner(speaking())
        ((alike, _),) = beliefs.reuse(memory, second, task)
        assert share is None or alike == pytest.approx(share)
        assert 0.24 < alike <= 1.0 + 1e-9
        assert second.precision == pytest.approx(prior[0] + alike * (first.precision - prior[0]))
        assert second.shift == pytest.approx(prior[1] + alike * (first.shift - prior[1]))
    stranger = LiteralLearner(speaking())
    assert beliefs.reuse(memory, stranger, "shells from the beach") == []
    assert np.array_equal(stranger.shift, prior[1])


def test_what_was_recalled_is_not_stored_a_second_time(tmp_path):
    first = LiteralLearner(speaking(), LiteralConfig(task="stones for the queen"))
    obs = np.asarray(first.env.reset()).reshape(-1)[:160]
    first.hear("pink circles are the best", obs, np.int64(3))
    (tmp_path / "memory.npz").write_bytes(first.memory())
    config = LiteralConfig(task="stones for the queen", memory=str(tmp_path))
    second = LiteralLearner(speaking(), config)
    assert len(second.recalled) == 1
    kept = read_memory(second.memory(), "here").entries
    assert [e.utterances for e in kept] == [1, 0]
    assert not kept[1].contents["shift"].any()


def test_a_memory_is_the_same_after_it_was_saved():
    memory = Memory()
    manners.keep(memory, taught("faster", "in curves slower"), "bring the cake", HERE, 2)
    manners.keep(memory, taught("slower"), "", np.zeros(0), 1)
    again = read_memory(memory.to_bytes(), "here")
    assert len(merged([again, again]).entries) == 4
    for one, other in zip(memory.entries, again.entries, strict=True):
        assert (one.kind, one.text, one.utterances) == (other.kind, other.text, other.utterances)
        assert np.array_equal(one.scene, other.scene)
        assert np.array_equal(one.contents["amounts"], other.contents["amounts"])


def unlike_a_memory():
    yield b"nothing"
    buffer = io.BytesIO()
    np.savez(buffer, entries=np.array([{"a": 1}], dtype=object))
    yield buffer.getvalue()
    memory = Memory()
    manners.keep(memory, taught("faster"), "bring the cake", np.array([np.nan]), 2)
    yield memory.to_bytes()


@pytest.mark.parametrize("data", unlike_a_memory(), ids=["text", "pickle", "nan"])
def test_another_file_is_refused_in_one_line(data, tmp_path):
    file = tmp_path / "memory.npz"
    file.write_bytes(data)
    with pytest.raises(UserError, match=r"memory\.npz is no memory of what was learned") as error:
        open_memory(file)
    assert "\n" not in str(error.value)


def test_a_memory_that_is_not_there_and_one_without_a_task_are_refused():
    with pytest.raises(UserError, match="memory=nowhere cannot be read"):
        open_memory("nowhere")
    with pytest.raises(UserError, match="task"):
        LiteralConfig(memory="runs/first")
