//! Files of other programs, recognised by their keys: what each is, and what to do with it.

use super::model::{Meant, by_name, by_type};
use super::{nanovlm, open_clip};
use crate::diag::{Code, Diagnostic, SourceId, Span, quote};
use crate::yaml::{Entry, Node, Value};

/// Whose file a spec was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// open_clip's: an encoder.
    OpenClip,
    /// nanoVLM's: a whole pipeline.
    NanoVlm,
}

impl Origin {
    /// What a plan says of it.
    pub fn note(self) -> &'static str {
        match self {
            Origin::OpenClip => open_clip::NOTE,
            Origin::NanoVlm => nanovlm::NOTE,
        }
    }

    /// A problem of the spec that was read, in the words of the file.
    pub fn explain(self, problem: Diagnostic) -> Diagnostic {
        let of_the_whole = problem.code == Code::MissingField;
        match self {
            Origin::OpenClip if of_the_whole => problem.help(open_clip::NO_BRIDGE),
            _ => problem,
        }
    }
}

/// Keys that a spec has and none of these files.
const OWN: [&str; 4] = ["bridge", "connector", "projector", "visual_tokens"];

/// A kind of file.
struct Kind {
    /// What it is, in words.
    name: &'static str,
    /// What recognises it: a path that it has, and whether it must hold one of these too.
    mark: &'static str,
    beside: &'static [&'static str],
    /// What to do with it.
    what: What,
}

/// What to do with a file.
enum What {
    /// It is read.
    Read(Origin, &'static str),
    /// It names a model in one of these places, and says no sizes.
    Names(&'static [&'static str]),
    /// It is a configuration of a model, by its type.
    HuggingFace,
    /// This is to be done.
    Do(&'static str),
}

const BEGIN: &str = "`vlmcalc new my.yaml` writes a spec to begin with";

/// All kinds, the more particular ones first.
const KINDS: &[Kind] = &[
    Kind::of(
        "a policy of vlmcalc",
        "rules",
        What::Do("check specs against it: `vlmcalc check --policy FILE SPEC`"),
    ),
    Kind::with(
        "a baseline of vlmcalc",
        "specs",
        &["version", "paths"],
        What::Do("compare specs with it: `vlmcalc baseline check --file FILE`"),
    ),
    Kind::with(
        "a saved plan of vlmcalc",
        "prefill",
        &["tokens", "params"],
        What::Do(
            "compare it with another: `vlmcalc diff FILE SPEC`; the spec that it was made from stands under `spec` in it",
        ),
    ),
    Kind::with(
        "a nanoVLM file",
        "vit_hidden_dim",
        &["lm_hidden_dim", "lm_n_heads"],
        What::Read(Origin::NanoVlm, ""),
    ),
    Kind::with(
        "an open_clip file",
        "model_cfg.vision_cfg",
        &[],
        What::Read(Origin::OpenClip, "model_cfg"),
    ),
    Kind::with(
        "an open_clip file",
        "vision_cfg",
        &["text_cfg", "embed_dim"],
        What::Read(Origin::OpenClip, ""),
    ),
    Kind::of("a MaxText file", "base_emb_dim", What::Names(&["model_name"])),
    Kind::with(
        "a Honeybee file",
        "projector_config.projector_type",
        &[],
        What::Do(
            "its sizes are in the files of the models that it names; write them as a spec: `vlmcalc new my.yaml`",
        ),
    ),
    Kind::of("a LAVIS file", "model.arch", What::Names(&["model.arch"])),
    Kind::with(
        "a timm file",
        "architecture",
        &["num_classes", "pretrained_cfg", "num_features"],
        What::Do(
            "it names an architecture, whose sizes are in timm's code; write them as `encoder` of a spec: `vlmcalc new my.yaml`",
        ),
    ),
    Kind::of(
        "a recipe of torchtune",
        "model._component_",
        What::Names(&["checkpointer.checkpoint_dir", "model._component_"]),
    ),
    Kind::of("a recipe of axolotl", "base_model", What::Names(&["base_model"])),
    Kind::of(
        "a training recipe (LLaMA-Factory, TRL)",
        "model_name_or_path",
        What::Names(&["model_name_or_path"]),
    ),
    Kind::with(
        "a recipe of NeMo",
        "trainer",
        &["model", "exp_manager"],
        What::Names(&[
            "model.mm_cfg.llm.from_pretrained",
            "model.restore_from_path",
            "model.model_name_or_path",
            "name",
        ]),
    ),
    Kind::of("a training recipe (TRL)", "model_id", What::Names(&["model_id"])),
    Kind::with("a workflow of GitHub Actions", "jobs", &["on", "true", "name"], OF_CI),
    Kind::with("an action of GitHub", "runs", &["inputs", "name"], OF_CI),
    Kind::of("a list of pre-commit's hooks", "repos", OF_CI),
    Kind::of("an image processor's file", "image_processor_type", PROCESSOR),
    Kind::of("a processor's file", "processor_class", PROCESSOR),
    Kind::of("a tokenizer's file", "tokenizer_class", BESIDE),
    Kind::with("a tokenizer's file", "added_tokens", &["model", "pre_tokenizer"], BESIDE),
    Kind::with("a tokenizer's file", "eos_token", &["bos_token", "pad_token", "unk_token"], BESIDE),
    Kind::of("an index of weights", "weight_map", BESIDE),
    Kind::of("a config.json of Hugging Face", "model_type", What::HuggingFace),
    Kind::of("a config.json of Hugging Face", "architectures", What::HuggingFace),
    Kind::with("a file of Hugging Face", "transformers_version", SIZES, What::HuggingFace),
    Kind::of("a file of Hugging Face without sizes", "transformers_version", BESIDE),
    Kind::of("a file about generating answers", "_from_model_config", BESIDE),
    Kind::with("a file about generating answers", "eos_token_id", GENERATING, BESIDE),
];

/// Keys of sizes, one of which a configuration of a model has.
const SIZES: &[&str] = &[
    "hidden_size",
    "n_embd",
    "d_model",
    "num_hidden_layers",
    "vocab_size",
    "patch_size",
    "text_config",
    "llm_config",
    "vision_config",
    "mm_vision_tower",
];

/// Keys of how an answer is generated.
const GENERATING: &[&str] = &["bos_token_id", "pad_token_id", "do_sample", "max_new_tokens"];

const BESIDE: What = What::Do("the sizes are in config.json beside it");

const OF_CI: What = What::Do("how vlmcalc is run in it: `vlmcalc doc ci`");

const PROCESSOR: What = What::Do(
    "it says how images are resized, not how large the model is: the size after it is `image` of a \
     spec; the sizes of the model are in config.json beside it",
);

impl Kind {
    const fn of(name: &'static str, mark: &'static str, what: What) -> Kind {
        Kind::with(name, mark, &[], what)
    }

    const fn with(
        name: &'static str,
        mark: &'static str,
        beside: &'static [&'static str],
        what: What,
    ) -> Kind {
        Kind { name, mark, beside, what }
    }

    fn is(&self, tree: &Node) -> bool {
        let beside =
            self.beside.is_empty() || self.beside.iter().any(|key| tree.get(key).is_some());
        tree.get(self.mark).is_some() && beside
    }
}

/// Writes a file of another program as a spec, if its sizes are all there.
///
/// # Errors
/// What the file is and what to do with it, if they are not.
pub fn translate(tree: &mut Node) -> Result<Option<Origin>, Vec<Diagnostic>> {
    if tree.entries().iter().any(|entry| OWN.contains(&entry.key.as_str())) {
        return Ok(None);
    }
    let Some(kind) = KINDS.iter().find(|kind| kind.is(tree)) else { return Ok(None) };
    let help = match &kind.what {
        What::Read(origin, at) => {
            let config = tree.get(at).unwrap_or(tree);
            *tree = match origin {
                Origin::OpenClip => open_clip::spec(config)?,
                Origin::NanoVlm => nanovlm::spec(config).map_err(|fault| vec![*fault])?,
            };
            return Ok(Some(*origin));
        }
        What::Do(help) => (*help).to_owned(),
        What::Names(places) => of_recipe(tree, places),
        What::HuggingFace => of_hugging_face(tree),
    };
    Err(vec![refusal(kind, tree, help)])
}

/// The problem that a text is a program in Python, by its imports.
pub fn program(text: &str, source: SourceId) -> Option<Diagnostic> {
    let mut at = 0;
    let line = text.split_inclusive('\n').find_map(|line| {
        let span = Span::new(source, at, at + line.trim_end().len());
        at += line.len();
        let words: Vec<&str> = line.split_whitespace().collect();
        let imports = matches!(
            words[..],
            ["import", _] | ["import", _, "as", _] | ["from", _, "import", _, ..]
        );
        let is_code = imports && line.starts_with(['i', 'f']) && !line.contains(": ");
        is_code.then_some(span)
    })?;
    let help = format!("the sizes that it says go into a spec; {BEGIN}");
    let problem = Diagnostic::error(Code::OtherFile, "this is a program in Python, not a spec");
    Some(problem.at(line, "").help(help))
}

/// What the file is, at the key that says it.
fn refusal(kind: &Kind, tree: &Node, help: String) -> Diagnostic {
    let first = kind.mark.split('.').next().unwrap_or(kind.mark);
    let entry = tree.entry(first);
    let shown = entry.and_then(|entry| match &tree.get(kind.mark)?.value {
        Value::Str(text) => Some(format!(" ({})", quote(&format!("{}: {text}", last(kind.mark))))),
        _ => Some(format!(" (it has `{}`)", entry.written)),
    });
    let text = format!("this is {}{}, not a spec", kind.name, shown.unwrap_or_default());
    let span = entry.map_or(tree.span.head(), |entry: &Entry| entry.key_span);
    let problem = Diagnostic::error(Code::OtherFile, text).at(span, "").help(help);
    match kind.what {
        What::HuggingFace => problem.note(
            "it leaves out what its class has by default; a plan of the sizes that are written \
             would be wrong without a word",
        ),
        _ => problem,
    }
}

/// What to do with a file that names a model.
fn of_recipe(tree: &Node, places: &[&str]) -> String {
    let names = places.iter().filter_map(|place| text(tree, place));
    let of_lavis = text(tree, "model.arch").zip(text(tree, "model.model_type"));
    let joined = of_lavis.map(|(arch, kind)| lavis(arch, kind));
    let all: Vec<&str> = joined.as_deref().into_iter().chain(names).collect();
    if let Some(meant) = all.iter().find_map(|name| by_name(name)) {
        return preset(meant);
    }
    match all.last() {
        Some(name) => format!(
            "no preset is called like {}, which it names; {BEGIN}, and `vlmcalc presets` lists the \
             models that are built in",
            quote(name)
        ),
        None => format!("it names no model; {BEGIN}, into which its sizes go"),
    }
}

/// The name of a model that LAVIS says in two parts.
fn lavis(arch: &str, kind: &str) -> String {
    let arch = match arch {
        "blip2_vicuna_instruct" => "instructblip-vicuna",
        "mini_gpt4" => "minigpt4-vicuna",
        other => other,
    };
    let size = kind.trim_start_matches(|c: char| !c.is_ascii_digit());
    format!("{}-{size}", arch.replace('_', "-"))
}

/// What to do with a configuration of Hugging Face.
fn of_hugging_face(tree: &Node) -> String {
    if let Some(meant) = text(tree, "_name_or_path").and_then(by_name) {
        return preset(meant);
    }
    let near = text(tree, "model_type").and_then(|kind| by_type(kind, tree));
    let has = |keys: &[&str]| keys.iter().any(|key| tree.get(key).is_some());
    match near {
        Some(near) => preset(Meant { preset: near, is_it: false }),
        None if has(&["vision_config", "mm_vision_tower", "visual", "vision_tower"]) => format!(
            "no preset is near; {BEGIN}: put the sizes of `vision_config` under `encoder` and those \
             of `text_config` under `llm`, and say the bridge"
        ),
        None if has(&["patch_size"]) => {
            format!("it is an encoder alone; {BEGIN}: its sizes belong under `encoder`")
        }
        None => format!("it is an LLM alone; {BEGIN}: its sizes belong under `llm`"),
    }
}

fn preset(Meant { preset, is_it }: Meant) -> String {
    let name = preset.name;
    if is_it {
        return format!(
            "the preset `{name}` is this model: `vlmcalc plan {name}`; to change it, `vlmcalc new \
             my.yaml --from {name}`"
        );
    }
    format!(
        "the nearest preset is `{name}`: `vlmcalc new my.yaml --from {name}` writes it to a file, \
         into which this file's sizes go"
    )
}

fn text<'t>(tree: &'t Node, path: &str) -> Option<&'t str> {
    match &tree.get(path)?.value {
        Value::Str(text) => Some(text),
        _ => None,
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
