//! What the keys of a plan's JSON mean: the paths that expectations name.

use crate::graph::{COMPONENTS, Component};

/// A key of the JSON that `render::json` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its path. A segment in capitals stands for any: `N` for an index, `COMPONENT` for
    /// `vision_encoder`, `bridge` or `llm`, `SYMBOL` for a symbol, `KEY` for a number beside it.
    pub path: &'static str,
    /// What stands there, with its unit.
    pub meaning: &'static str,
}

macro_rules! keys {
    ($($path:literal $meaning:literal,)*) => {
        &[$(Key { path: $path, meaning: $meaning },)*]
    };
}

/// Every key, in the order of the JSON.
pub const KEYS: &[Key] = keys![
    "schema_version" "The version of these keys. It is raised when a key changes its meaning or goes, and not for new keys.",
    "name" "The name of the pipeline: that of the spec, or of its file or preset.",
    "conventions.matmul_flops" "What counts as a matmul FLOP, in words.",
    "conventions.other_flops" "What counts as another FLOP, in words.",
    "conventions.params" "What counts as a parameter, in words.",
    "conventions.logits" "At which positions logits are computed: `all` or `last`.",
    "conventions.dtype" "The number format of weights, KV cache and activations.",
    "conventions.activation_bits" "Bits of a value of an activation.",
    "conventions.attention_scores" "How attention scores are held in memory, in words.",
    "conventions.image_size" "The order of an image's sides, in words.",
    "tokens.patches" "Patches of a prompt, all its images and tiles together. They are pieces of the image, not yet what the LLM reads.",
    "tokens.encoder" "Encoder-side tokens of a prompt: one per patch, and class and register tokens. They exist inside the vision encoder only.",
    "tokens.visual" "LLM-side visual tokens of a prompt: what the bridge hands over, all images together. The LLM reads these, not the patches.",
    "tokens.structural" "Tokens around the images that are neither text nor image: start, end, row breaks, tile tags; all images together.",
    "tokens.text" "Text tokens of a prompt.",
    "tokens.sequence" "Tokens that the LLM reads in the prefill: visual + structural + text.",
    "tokens.generated" "Tokens of the answer.",
    "tokens.context" "Tokens that fit the LLM's context.",
    "tokens.encodings" "How often the encoder runs for a prompt: images × tiles.",
    "tokens.encoder_values" "Values of all patches behind the encoder, E: patches × encoder width.",
    "tokens.visual_values" "Values of all visual tokens, V: visual tokens × LLM width.",
    "tokens.grid.N" "The patch grid of one image or tile: rows, then columns.",
    "tokens.formulas.KEY" "The closed form of `tokens.KEY`.",
    "tokens.formulas.grid.N" "The closed forms of the patch grid: rows, then columns.",
    "tokens.prompt_fits_context" "Whether the sequence fits the context; `null` if either is not known.",
    "tokens.fits_context" "Whether sequence and answer fit the context together; `null` if one is not known.",
    "params.total" "Parameters: every stored tensor once, tied tensors once, unused ones too.",
    "params.by_component.COMPONENT" "Parameters of one component. Patch and position embeddings belong to the vision encoder, projector or resampler to the bridge, `lm_head` to the LLM.",
    "params.unused" "Parameters that the logits do not depend on, such as blocks behind the selected feature layer. They are in the total.",
    "params.formulas.KEY" "The closed form of `params.KEY`, or of the component of this name.",
    "params.active" "Parameters that a token passes through.",
    "prefill.logits" "At which positions logits are computed: `all` or `last`.",
    "prefill.matmul_flops.total" "FLOPs of all matrix products of the pass over the prompt, for the whole batch: 2 per multiply-add of linears, convolutions and attention products, dense attention.",
    "prefill.matmul_flops.by_component.COMPONENT" "Matmul FLOPs of one component in the prefill.",
    "prefill.matmul_flops.unused" "Matmul FLOPs of the prefill that the logits do not depend on. They are in the total, since the reference models run them.",
    "prefill.matmul_flops.formulas.KEY" "The closed form of the total, of what is unused, or of the component of this name.",
    "prefill.other_flops.total" "FLOPs of the prefill that are no matrix products: normalisation, softmax, activations, additions, rotary.",
    "prefill.other_flops.by_component.COMPONENT" "Other FLOPs of one component in the prefill.",
    "prefill.other_flops.unused" "Other FLOPs of the prefill that the logits do not depend on. They are in the total.",
    "prefill.other_flops.formulas.KEY" "The closed form of the total, of what is unused, or of the component of this name.",
    "decode.cached" "Tokens in the KV cache before the decode step: the sequence.",
    "decode.formulas.cached" "The closed form of `decode.cached`.",
    "decode.matmul_flops.total" "Matmul FLOPs of one decode step, the first after the prefill, for the whole batch.",
    "decode.matmul_flops.by_component.llm" "Matmul FLOPs of the LLM in the decode step; nothing else runs.",
    "decode.matmul_flops.unused" "Matmul FLOPs of the decode step that the logits do not depend on.",
    "decode.matmul_flops.formulas.KEY" "The closed form of the total, of what is unused, or of the component of this name.",
    "decode.other_flops.total" "FLOPs of one decode step that are no matrix products.",
    "decode.other_flops.by_component.llm" "Other FLOPs of the LLM in the decode step; nothing else runs.",
    "decode.other_flops.unused" "Other FLOPs of the decode step that the logits do not depend on.",
    "decode.other_flops.formulas.KEY" "The closed form of the total, of what is unused, or of the component of this name.",
    "answer.tokens" "Tokens of the answer. `answer` is `null` if the prompt asks for none.",
    "answer.decode_steps" "Decode steps that the answer takes. The first token comes out of the prefill, so one less than tokens.",
    "answer.matmul_flops" "Matmul FLOPs of all decode steps together; each reads one more cached token than the one before.",
    "answer.formulas.KEY" "The closed form of `answer.KEY`.",
    "memory.weight_bytes" "Bytes of all parameters at the dtype. Scales of quantised blocks are not counted.",
    "memory.kv_cache_bytes" "Bytes of keys and values that stay after the prefill, at the dtype, for the whole batch. Layers with a sliding window keep at most the window less one token.",
    "memory.peak_activation_bytes" "Bytes of the largest sum of values alive at one operation of the prefill, at 16 bits or more; without weights and KV cache, attention scores never whole.",
    "memory.formulas.KEY" "The closed form of `memory.KEY`.",
    "memory.dtype" "The number format of weights and KV cache.",
    "stages.N.name" "The stage's own name, the last part of its path.",
    "stages.N.path" "The stage's path, such as `llm.blocks`. Expectations may name a stage by it.",
    "stages.N.component" "The component that the stage belongs to: `vision_encoder`, `bridge` or `llm`.",
    "stages.N.depth" "How deep the stage lies: 0 a component, 1 a stage, 2 and more what is in it.",
    "stages.N.operation" "The operation, if the row is a single one; else `null`.",
    "stages.N.times.value" "How often the row runs, as blocks do.",
    "stages.N.times.formula" "The closed form of how often the row runs.",
    "stages.N.of.value" "Of how many rounds the row runs in some, such as layers with a sliding window.",
    "stages.N.of.formula" "The closed form of that number of rounds.",
    "stages.N.input.shape.N" "The input's shape: one size per axis, outermost first; `null` where it is not known.",
    "stages.N.input.symbolic" "The input's shape in symbols, such as `[B, S, D]`.",
    "stages.N.input.elements" "How many values the input has: the product of its axes.",
    "stages.N.input.formulas.elements" "The closed form of the input's values.",
    "stages.N.output.shape.N" "The output's shape: one size per axis, outermost first; `null` where it is not known.",
    "stages.N.output.symbolic" "The output's shape in symbols, such as `[B, S, D]`.",
    "stages.N.output.elements" "How many values the output has: the product of its axes.",
    "stages.N.output.formulas.elements" "The closed form of the output's values.",
    "stages.N.params.value" "Parameters of the row, all its rounds together.",
    "stages.N.params.formula" "The closed form of the row's parameters.",
    "stages.N.matmul_flops.value" "Matmul FLOPs of the row in the prefill, all its rounds together.",
    "stages.N.matmul_flops.formula" "The closed form of the row's matmul FLOPs.",
    "stages.N.other_flops.value" "Other FLOPs of the row in the prefill, all its rounds together.",
    "stages.N.other_flops.formula" "The closed form of the row's other FLOPs.",
    "stages.N.kv_cache_elements.value" "Values that the row leaves in the KV cache, all its rounds together.",
    "stages.N.kv_cache_elements.formula" "The closed form of the row's values in the KV cache.",
    "stages.N.unused" "Whether the logits do not depend on the row.",
    "symbols.SYMBOL.value" "The symbol's number; `null` if the spec does not say it.",
    "symbols.SYMBOL.meaning" "What the symbol stands for, in words.",
    "symbols.SYMBOL.definition" "The formula that the symbol abbreviates, if it is an abbreviation.",
    "notes.N" "What a reader should know of this plan, in sentences.",
    "spec" "The design, with every default said and without `expect`: the fields of a spec, which `vlmcalc doc encoder` and the like explain. `vlmcalc diff` reads it.",
];

/// Last segments of keys at which text, `true` or `false` stands, or a formula.
const NO_NUMBERS: [&str; 12] = [
    "name",
    "logits",
    "dtype",
    "prompt_fits_context",
    "fits_context",
    "path",
    "component",
    "operation",
    "symbolic",
    "formula",
    "meaning",
    "definition",
];

impl Key {
    /// Whether a number stands there, of which something can be expected.
    pub fn is_number(&self) -> bool {
        let mut segments = self.path.split('.');
        let section = segments.next();
        let last = segments.next_back().unwrap_or(self.path);
        match section {
            Some("conventions") => last == "activation_bits",
            Some("notes" | "spec") => false,
            _ if self.path == "stages.N.unused" => false,
            _ => !NO_NUMBERS.contains(&last) && !self.path.contains(".formulas."),
        }
    }

    /// The paths that it stands for, where those are few.
    pub fn paths(&self) -> Vec<String> {
        if self.path.contains("COMPONENT") {
            let paths = COMPONENTS.map(|component| self.path.replace("COMPONENT", component.key()));
            return paths.into();
        }
        let is_one = !self.path.split('.').any(is_any);
        is_one.then(|| self.path.to_owned()).into_iter().collect()
    }

    /// The key at a path, be it written with indices and names or with the table's capitals.
    pub fn find(path: &str) -> Option<&'static Key> {
        let plain = KEYS.iter().find(|key| key.path == path);
        plain.or_else(|| KEYS.iter().filter(|key| key.is_at(path)).min_by_key(|key| key.wildness()))
    }

    /// The keys below a path.
    pub fn below(path: &str) -> Vec<&'static Key> {
        KEYS.iter().filter(|key| key.starts_with(path)).collect()
    }

    /// Whether a path names this key.
    fn is_at(&self, path: &str) -> bool {
        self.path.split('.').count() == path.split('.').count() && self.starts_with(path)
    }

    fn starts_with(&self, path: &str) -> bool {
        let mut own = self.path.split('.');
        path.split('.').all(|segment| own.next().is_some_and(|own| stands_for(own, segment)))
    }

    /// How many of its segments stand for any.
    fn wildness(&self) -> usize {
        self.path.split('.').filter(|segment| is_any(segment)).count()
    }
}

/// Whether a segment of the table stands for any.
pub fn is_any(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn stands_for(own: &str, segment: &str) -> bool {
    match own {
        _ if own == segment => true,
        "N" => segment.parse::<usize>().is_ok(),
        "COMPONENT" => Component::of_key(segment).is_some(),
        _ => is_any(own),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_names_and_indices_find_their_key() {
        for (path, key) in [
            ("tokens.visual", "tokens.visual"),
            ("tokens.grid.0", "tokens.grid.N"),
            ("tokens.formulas.visual", "tokens.formulas.KEY"),
            ("params.by_component.llm", "params.by_component.COMPONENT"),
            ("stages.3.params.value", "stages.N.params.value"),
            ("symbols.D_v.value", "symbols.SYMBOL.value"),
        ] {
            assert_eq!(Key::find(path).map(|key| key.path), Some(key), "{path}");
        }
        for path in ["", "tokens", "tokens.visual.x", "params.by_component.head", "stages.x.unused"]
        {
            assert_eq!(Key::find(path), None, "{path}");
        }
        assert_eq!(Key::below("answer").len(), 4);
        assert_eq!(Key::below("stages.3.output").len(), 4);
    }
}
