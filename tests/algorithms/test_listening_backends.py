"""Listeners by embeddings and by a language model, against a server of the test's own."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import numpy as np
import pytest
import torch as th

from algorithms.verbal.config import LiteralConfig
from algorithms.verbal.corrections.manners import CorrectedManner
from algorithms.verbal.listening import backends, chat, minilm
from algorithms.verbal.listening.backends import correction_listener_of, listener_of
from envs.collection.features import encode, show
from envs.collection.words import WORDS
from envs.driving.manner import MANNER
from teaching import UserError

COLOUR = np.repeat([0, 1, 2, 2], 5).reshape(4, 5)
LEVEL = show(np.zeros((4, 5, 2)), COLOUR, COLOUR)  # five pink circles, top left, and so on
TOP_LEFT = encode(np.array([0]), np.ones((1, 5), bool))[0]

PRAISE = {"text": "good", "category": "evaluative", "sentiment": 0.5, "meant": 0.5}
NAMED = PRAISE | {"category": "descriptive", "terms": ["pink", "circle"], "places": []}
PRAISE |= {"terms": [], "places": []}
SLOWER = {"quality": "speed", "direction": -1, "size": "much", "contexts": ["in curves"]}


def unit(*names):
    vector = np.array([name in names for name in WORDS.names], float)
    return vector / vector.sum()


class Stub:
    """A server that gives its answers in turn, the last one for good: a status or a content."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stub.asked.append((self.path, dict(self.headers), body))
                answer = stub.answers.pop(0) if len(stub.answers) > 1 else stub.answers[0]
                status, content = (answer, "") if isinstance(answer, int) else (200, answer)
                if not isinstance(content, str):
                    content = json.dumps(content)
                reply = {"choices": [{"message": {"role": "assistant", "content": content}}]}
                data = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def serve(monkeypatch):
    monkeypatch.setattr(chat, "_PAUSE", 0.0)
    for variable in (chat.URL, chat.MODEL, chat.KEY):
        monkeypatch.delenv(variable, raising=False)
    made = []

    def start(*answers):
        made.append(Stub(*answers))
        return made[-1]

    yield start
    for stub in made:
        stub.close()


def hears(stub):
    return listener_of(WORDS, "llm", None, stub.url, "a-model")


def test_a_model_s_reply_is_grounded_in_what_the_task_has(serve):
    stub = serve({"clauses": [PRAISE]}, "```json\n" + json.dumps({"clauses": [NAMED]}) + "\n```")
    (heard,) = hears(stub).hear("the rosy round ones, oh yes", LEVEL, TOP_LEFT)
    assert (heard.category, heard.literal, heard.pragmatic) == ("descriptive", 0.5, 0.5)
    assert heard.reference == pytest.approx(unit("pink circle"))
    path, _, body = stub.asked[-1]
    assert path == "/v1/chat/completions" and body["model"] == "a-model"
    assert body["messages"][-1] == {"role": "user", "content": "the rosy round ones, oh yes"}
    assert "triangle" in body["messages"][0]["content"]


def test_praise_is_about_what_was_done_and_the_same_is_asked_once(serve):
    stub = serve({"clauses": [PRAISE]})
    listener = hears(stub)
    for action, features in ((TOP_LEFT, ("pink", "circle", "pink circle")), (np.int64(0), None)):
        (heard,) = listener.hear("well, look at that", LEVEL, action)
        if features is None:
            assert heard.reference is None  # nothing was collected
        else:
            assert heard.reference == pytest.approx(unit(*features))
    assert len(stub.asked) == 2  # to begin with, and once for the words


@pytest.mark.parametrize(
    "reply",
    [
        "I think it is good!",
        "{not json}",
        {"clauses": "good"},
        {"clauses": [NAMED | {"terms": ["mauve"]}]},
        {"clauses": [NAMED | {"sentiment": 7}]},
        {"clauses": [NAMED | {"category": "ironic"}]},
        {"clauses": [{"text": "good"}]},
        500,
        404,
    ],
)
def test_what_is_no_use_falls_back_on_the_lexicon_and_says_so_once(serve, reply, capsys):
    stub = serve({"clauses": [PRAISE]}, reply)
    listener = hears(stub)
    for text in ("blue boxes are the best", "yellow ones are bad"):
        (heard,) = listener.hear(text, LEVEL, TOP_LEFT)
        (plain,) = listener_of(WORDS).hear(text, LEVEL, TOP_LEFT)
        assert heard.about == plain.about and heard.literal == plain.literal
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "the lexicon listens instead" in told


def test_what_may_pass_is_tried_again_and_what_will_not_is_not(serve):
    stub = serve({"clauses": [PRAISE]}, 503, "what?", {"clauses": [NAMED]})
    (heard,) = hears(stub).hear("those", LEVEL, TOP_LEFT)
    assert heard.category == "descriptive" and len(stub.asked) == 4
    stub = serve({"clauses": [PRAISE]}, 401)
    hears(stub).hear("those are good", LEVEL, TOP_LEFT)
    assert len(stub.asked) == 2


def test_a_key_comes_from_the_environment_and_so_may_the_rest(serve, monkeypatch):
    stub = serve({"clauses": [PRAISE]})
    monkeypatch.setenv(chat.KEY, "secret")
    monkeypatch.setenv(chat.URL, stub.url + "/")
    monkeypatch.setenv(chat.MODEL, "another")
    listener_of(WORDS, "llm")
    _, headers, body = stub.asked[0]
    assert headers["Authorization"] == "Bearer secret" and body["model"] == "another"


def test_a_correction_is_understood_by_a_model_and_otherwise_by_the_n_grams(serve):
    stub = serve(SLOWER, SLOWER, {"quality": "taste"})
    listener = correction_listener_of(MANNER, "llm", stub.url, "a-model")
    student = CorrectedManner(MANNER, listener=listener)
    student.hear("ease off through the twisty bits")
    assert student.amounts[1, 0] == -2.0 and not student.amounts[0].any()
    assert student.understood[0][1] == "less speed, much, in curves"
    student.hear("a bit faster")
    assert student.amounts[0, 0] == pytest.approx(0.35)


def test_a_server_that_is_down_or_not_named_is_one_line(serve):
    stub = serve(500)
    stub.close()
    with pytest.raises(UserError, match="cannot be reached") as error:
        hears(stub)
    assert "\n" not in str(error.value) and "listener=lexicon" in str(error.value)
    stub.thread = SimpleNamespace(join=lambda: None)
    stub.server.shutdown = lambda: None
    with pytest.raises(UserError, match=r"set algorithm\.llm_url=… or .* COACHABLE_LLM_URL"):
        listener_of(WORDS, "llm")
    with pytest.raises(UserError, match=r"algorithm\.llm_url must begin with http"):
        listener_of(WORDS, "llm", None, "localhost:8000", "a-model")


def test_a_listener_that_does_not_exist_is_one_line():
    with pytest.raises(UserError, match="listener must be one of lexicon, embedding, llm"):
        listener_of(WORDS, "ears")
    with pytest.raises(UserError, match="listener"):
        LiteralConfig(listener="ears")


# Embeddings.


def test_the_missing_extra_is_one_line(monkeypatch):
    minilm.load.cache_clear()
    monkeypatch.setattr(minilm, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"needs the extra embeddings") as error:
        listener_of(WORDS, "embedding")
    assert "pip install 'coachable[embeddings]'" in str(error.value)


def small(width=24, seed=0):
    """Random weights of the model's form, twelve heads of two numbers each."""
    rng = np.random.default_rng(seed)
    vocabulary = {"[CLS]": 0, "[SEP]": 1, "[UNK]": 2, "good": 3, "##ness": 4, "!": 5}
    w = {}

    def dense(name, rows, columns):
        w[f"{name}.weight"] = rng.normal(size=(rows, columns)) / np.sqrt(columns)
        w[f"{name}.bias"] = rng.normal(size=rows) / 4

    def norm(name):
        w[f"{name}.LayerNorm.weight"] = rng.uniform(0.5, 1.5, width)
        w[f"{name}.LayerNorm.bias"] = rng.normal(size=width) / 4

    for name, rows in (("word", 6), ("position", 16), ("token_type", 2)):
        w[f"embeddings.{name}_embeddings.weight"] = rng.normal(size=(rows, width))
    norm("embeddings")
    for layer in range(6):
        at = f"encoder.layer.{layer}."
        for part in ("query", "key", "value"):
            dense(f"{at}attention.self.{part}", width, width)
        dense(f"{at}attention.output.dense", width, width)
        norm(f"{at}attention.output")
        dense(f"{at}intermediate.dense", 2 * width, width)
        dense(f"{at}output.dense", width, 2 * width)
        norm(f"{at}output")
    return minilm.MiniLM(w, vocabulary), w


def test_the_encoder_is_torch_s():
    model, w = small()
    ids = [0, 3, 4, 2, 5, 1]  # [CLS] good ##ness [UNK] ! [SEP]
    t = {name: th.as_tensor(value) for name, value in w.items()}
    x = t["embeddings.word_embeddings.weight"][ids]
    x = x + t["embeddings.position_embeddings.weight"][:6]
    x = x + t["embeddings.token_type_embeddings.weight"][0]
    x = th.nn.functional.layer_norm(
        x, (24,), t["embeddings.LayerNorm.weight"], t["embeddings.LayerNorm.bias"], 1e-12
    )[None]
    for layer in range(6):
        at = f"encoder.layer.{layer}."
        block = th.nn.TransformerEncoderLayer(
            24, 12, 48, 0.0, "gelu", 1e-12, batch_first=True, dtype=th.float64
        )
        mixed = [
            th.cat([t[f"{at}attention.self.{p}.{kind}"] for p in ("query", "key", "value")])
            for kind in ("weight", "bias")
        ]
        state = {"self_attn.in_proj_weight": mixed[0], "self_attn.in_proj_bias": mixed[1]}
        for theirs, ours in (
            ("self_attn.out_proj", "attention.output.dense"),
            ("norm1", "attention.output.LayerNorm"),
            ("linear1", "intermediate.dense"),
            ("linear2", "output.dense"),
            ("norm2", "output.LayerNorm"),
        ):
            for kind in ("weight", "bias"):
                state[f"{theirs}.{kind}"] = t[f"{at}{ours}.{kind}"]
        block.load_state_dict(state)
        x = block(x)
    mean = x[0].mean(dim=0).detach().numpy()
    (found,) = model.embed(["Góodness Badness!"])
    assert found == pytest.approx(mean / np.linalg.norm(mean))


@pytest.fixture(scope="module")
def model():
    minilm.load.cache_clear()
    try:
        return minilm.load()
    except UserError:
        pytest.skip("the extra embeddings is not installed")


def test_the_shipped_weights_are_those_of_sentence_transformers(model):
    library = pytest.importorskip("sentence_transformers")
    package = pytest.importorskip("all_minilm_l6_v2")
    texts = ["pink circles are the best", "Somewhat slower, s'il vous plaît!", "wombats"]
    theirs = library.SentenceTransformer(str(package.get_model_path())).encode(texts)
    assert model.embed(texts) == pytest.approx(theirs, abs=1e-5)


def test_words_that_nobody_declared_are_taken_for_what_they_mean(model):
    listener = listener_of(WORDS, "embedding")
    (heard,) = listener.hear("violet spheres are bad", LEVEL, TOP_LEFT)
    assert heard.reference == pytest.approx(unit("pink circle"))
    (plain,) = listener.hear("blue boxes are bad", LEVEL, TOP_LEFT)
    assert plain.reference == pytest.approx(unit("blue square"))
    (strange,) = listener.hear("wombats are bad", LEVEL, TOP_LEFT)
    assert strange.reference is None


def test_sizes_that_nobody_taught_are_heard_as_what_they_are_like(model):
    plain, meant = (correction_listener_of(MANNER, backend) for backend in backends.BACKENDS[:2])
    asked = meant.hear("could you do that somewhat faster")
    assert (asked.direction, asked.size) == (1, "little")
    assert plain.hear("a bit faster") == meant.hear("a bit faster")
