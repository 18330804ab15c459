//! Number formats: of one kind of value, and of all that a pipeline holds.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::graph::{COMPONENTS, Component};
use crate::stages::choice::Choice;

/// A number format.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// 32-bit floats.
    #[serde(alias = "float32", alias = "fp32")]
    #[schemars(extend("x-other-names" = ["float32", "fp32"]))]
    F32,
    /// 16-bit floats with 8 bits of exponent.
    #[serde(alias = "bfloat16")]
    #[schemars(extend("x-other-names" = ["bfloat16"]))]
    Bf16,
    /// 16-bit floats with 5 bits of exponent.
    #[serde(alias = "float16", alias = "fp16")]
    #[schemars(extend("x-other-names" = ["float16", "fp16"]))]
    F16,
    /// 8-bit floats, of either form: E4M3 or E5M2.
    #[serde(alias = "float8", alias = "fp8_e4m3", alias = "fp8_e5m2")]
    #[schemars(extend("x-other-names" = ["float8", "fp8_e4m3", "fp8_e5m2"]))]
    Fp8,
    /// 8-bit integers.
    Int8,
    /// 4-bit integers, two in a byte.
    Int4,
}

impl Dtype {
    /// Bits of a stored number. Scales of quantised blocks are not counted.
    pub fn bits(self) -> u32 {
        match self {
            Dtype::F32 => 32,
            Dtype::Bf16 | Dtype::F16 => 16,
            Dtype::Fp8 | Dtype::Int8 => 8,
            Dtype::Int4 => 4,
        }
    }

    /// Its name in a spec.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::F32 => "f32",
            Dtype::Bf16 => "bf16",
            Dtype::F16 => "f16",
            Dtype::Fp8 => "fp8",
            Dtype::Int8 => "int8",
            Dtype::Int4 => "int4",
        }
    }

    /// The format that a name says in any case: its own, or one of the other names.
    fn read(name: &str) -> Option<Dtype> {
        let name = name.to_lowercase();
        let by = name.as_str().into_deserializer();
        Dtype::deserialize::<serde::de::value::StrDeserializer<'_, serde::de::value::Error>>(by)
            .ok()
    }
}

/// The number formats of all that a pipeline holds, every choice made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Formats {
    /// The weights of each component, in the order of the components.
    pub weights: [Dtype; COMPONENTS.len()],
    /// Keys and values of the LLM.
    pub kv: Dtype,
    /// Activations.
    pub activations: Dtype,
}

impl Formats {
    /// What a model is in of which a format is said and no more. An integer format is that of its
    /// weights, as GPTQ, AWQ and bitsandbytes have it: cache and activations keep 16 bits. What
    /// lies between two products has 16 bits at least.
    pub const fn of(dtype: Dtype) -> Formats {
        let (kv, activations) = match dtype {
            Dtype::Int8 | Dtype::Int4 => (Dtype::Bf16, Dtype::Bf16),
            Dtype::Fp8 => (Dtype::Fp8, Dtype::Bf16),
            Dtype::F32 | Dtype::Bf16 | Dtype::F16 => (dtype, dtype),
        };
        Formats { weights: [dtype; COMPONENTS.len()], kv, activations }
    }

    /// The weights of a component.
    pub fn of_component(&self, component: Component) -> Dtype {
        self.weights[component as usize]
    }

    /// The format of all weights, if they are in one.
    pub fn of_weights(&self) -> Option<Dtype> {
        let [first, ..] = self.weights;
        self.weights.iter().all(|dtype| *dtype == first).then_some(first)
    }

    /// The formats of the weights: `bf16`, or `bf16 vision encoder, bf16 bridge, int4 LLM`.
    pub fn weights_in_words(&self) -> String {
        let named = |of: Component| format!("{} {}", self.of_component(of).name(), of.in_words());
        match self.of_weights() {
            Some(dtype) => dtype.name().to_owned(),
            // Few models store anything for audio.
            None => {
                let is_named = |of: &Component| {
                    let [others @ .., audio] = self.weights;
                    *of != Component::Audio || !others.contains(&audio)
                };
                let named = COMPONENTS.into_iter().filter(is_named).map(named);
                named.collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// What is in which: `int4 weights, fp8 KV cache, bf16 activations`.
    pub fn in_full(&self) -> String {
        let weights = self.weights_in_words();
        let weights =
            if self.of_weights().is_some() { format!("{weights} weights") } else { weights };
        format!("{weights}, {} KV cache, {} activations", self.kv.name(), self.activations.name())
    }

    /// The one name that says all of them, if there is one.
    pub fn name(&self) -> Option<Dtype> {
        self.of_weights().filter(|dtype| Formats::of(*dtype) == *self)
    }
}

/// `bf16`, or what is in which format where no one name says it.
impl fmt::Display for Formats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(dtype) => f.write_str(dtype.name()),
            None => f.write_str(&self.in_full()),
        }
    }
}

/// What a spec says of number formats: one name, or a map of what differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatsSpec {
    /// The format of the weights, from which the others follow.
    Name(Dtype),
    /// The formats by name.
    Map(Fields),
}

/// The formats by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Formats")]
pub struct Fields {
    /// Weights of the components of which nothing else is said; bf16 if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = Dtype::Bf16))]
    pub weights: Choice<Dtype>,
    /// Weights of the vision encoder; as `weights` if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    pub vision_encoder: Choice<Dtype>,
    /// Weights of the bridge; as `weights` if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    pub bridge: Choice<Dtype>,
    /// Weights of the LLM; as `weights` if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    pub llm: Choice<Dtype>,
    /// What is stored for audio; as `weights` if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    pub audio: Choice<Dtype>,
    /// Keys and values of the LLM; if not given, as `weights` where those are floats, else bf16.
    #[serde(skip_serializing_if = "Choice::is_open")]
    pub kv: Choice<Dtype>,
    /// Activations; if not given, as `weights` where those are floats of 16 bits or more, else
    /// bf16.
    #[serde(skip_serializing_if = "Choice::is_open")]
    pub activations: Choice<Dtype>,
}

impl FormatsSpec {
    /// What to write, for messages.
    const HOW: &str = "write one name, `bf16`, or what differs: `{weights: int4, kv: fp8}`";

    /// The formats that are described.
    pub fn design(&self) -> Formats {
        let fields = match self {
            FormatsSpec::Name(dtype) => return Formats::of(*dtype),
            FormatsSpec::Map(fields) => fields,
        };
        let weights = fields.weights.unwrap_or(Dtype::Bf16);
        let others = Formats::of(weights);
        let own = [fields.vision_encoder, fields.bridge, fields.llm, fields.audio];
        Formats {
            weights: own.map(|own| own.unwrap_or(weights)),
            kv: fields.kv.unwrap_or(others.kv),
            activations: fields.activations.unwrap_or(others.activations),
        }
    }

    /// The formats that an argument of the command line says: `int4`, or `weights=int4,kv=fp8`.
    ///
    /// # Errors
    /// What to write instead.
    pub fn read(text: &str) -> Result<FormatsSpec, String> {
        if let Some(dtype) = Dtype::read(text) {
            return Ok(FormatsSpec::Name(dtype));
        }
        let mut fields = Fields::default();
        for part in text.split(',') {
            let said = part.split_once('=').and_then(|(of, name)| {
                let dtype = Dtype::read(name.trim())?;
                *fields.slot(of.trim())? = dtype.into();
                Some(())
            });
            if said.is_none() {
                return Err(format!("`{}` is not a number format: {ARGUMENT}", part.trim()));
            }
        }
        Ok(FormatsSpec::Map(fields))
    }
}

/// What to write on the command line.
const ARGUMENT: &str = "write `bf16`, `f16`, `f32`, `fp8`, `int8` or `int4`, or what differs: \
                        `weights=int4,kv=fp8` (also `activations`, `vision_encoder`, `bridge`, \
                        `llm`, `audio`)";

impl Fields {
    /// The place of what is in a format.
    fn slot(&mut self, of: &str) -> Option<&mut Choice<Dtype>> {
        Some(match of {
            "weights" => &mut self.weights,
            "vision_encoder" => &mut self.vision_encoder,
            "bridge" => &mut self.bridge,
            "llm" => &mut self.llm,
            "audio" => &mut self.audio,
            "kv" => &mut self.kv,
            "activations" => &mut self.activations,
            _ => return None,
        })
    }
}

impl From<Formats> for FormatsSpec {
    /// The shortest way to say them.
    fn from(formats: Formats) -> FormatsSpec {
        if let Some(dtype) = formats.name() {
            return FormatsSpec::Name(dtype);
        }
        let Formats { weights: [vision_encoder, bridge, llm, audio], kv, activations } = formats;
        let mut fields =
            Fields { kv: kv.into(), activations: activations.into(), ..Fields::default() };
        match formats.of_weights() {
            Some(dtype) => fields.weights = dtype.into(),
            None => {
                fields.vision_encoder = vision_encoder.into();
                fields.bridge = bridge.into();
                fields.llm = llm.into();
                fields.audio = audio.into();
            }
        }
        FormatsSpec::Map(fields)
    }
}

impl From<Dtype> for FormatsSpec {
    fn from(dtype: Dtype) -> FormatsSpec {
        FormatsSpec::Name(dtype)
    }
}

impl Serialize for FormatsSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            FormatsSpec::Name(dtype) => dtype.serialize(serializer),
            FormatsSpec::Map(fields) => fields.serialize(serializer),
        }
    }
}

/// As YAML on one line: `int4`, `{weights: int4, kv: fp8}`.
impl fmt::Display for FormatsSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = match self {
            FormatsSpec::Name(dtype) => return f.write_str(dtype.name()),
            FormatsSpec::Map(fields) => *fields,
        };
        let of = ["weights", "vision_encoder", "bridge", "llm", "kv", "activations"];
        let said = of.into_iter().filter_map(|of| {
            let dtype = fields.slot(of)?.get()?.name();
            Some(format!("{of}: {dtype}"))
        });
        write!(f, "{{{}}}", said.collect::<Vec<_>>().join(", "))
    }
}

impl JsonSchema for FormatsSpec {
    fn schema_name() -> Cow<'static, str> {
        "NumberFormats".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number format, or a map of what is in which: `bf16`, \
                            `{weights: int4, kv: fp8}`. An integer format is that of the weights: \
                            cache and activations keep 16 bits.",
            "anyOf": [Dtype::json_schema(generator), Fields::json_schema(generator)],
        })
    }
}

impl<'de> Deserialize<'de> for FormatsSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FormatsSpec, D::Error> {
        deserializer.deserialize_any(AnyForm)
    }
}

struct AnyForm;

impl<'de> Visitor<'de> for AnyForm {
    type Value = FormatsSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number format: {}", FormatsSpec::HOW)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<FormatsSpec, E> {
        Dtype::deserialize(name.into_deserializer()).map(FormatsSpec::Name)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FormatsSpec, A::Error> {
        Fields::deserialize(MapAccessDeserializer::new(map)).map(FormatsSpec::Map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_format_is_that_of_the_weights() {
        let formats = |text: &str| FormatsSpec::read(text).unwrap().design();
        let of = |text: &str| {
            let formats = formats(text);
            (formats.of_weights(), formats.kv, formats.activations)
        };
        use Dtype::{Bf16, F32, Fp8, Int4, Int8};
        assert_eq!(of("int4"), (Some(Int4), Bf16, Bf16));
        assert_eq!(of("fp8"), (Some(Fp8), Fp8, Bf16));
        assert_eq!(of("float32"), (Some(F32), F32, F32));
        assert_eq!(of("FP32"), (Some(F32), F32, F32));
        assert_eq!(of("weights=int8,kv=fp8"), (Some(Int8), Fp8, Bf16));
        assert_eq!(of("kv=int8"), (Some(Bf16), Int8, Bf16));
        let mixed = formats("weights=int4,vision_encoder=bf16, bridge=bf16");
        assert_eq!(mixed.weights, [Bf16, Bf16, Int4, Int4]);
        assert_eq!((mixed.of_weights(), mixed.kv), (None, Bf16));
    }

    #[test]
    fn formats_say_themselves() {
        for (text, said) in [
            ("bf16", "bf16"),
            ("int4", "int4"),
            ("weights=int4,kv=bf16", "int4"),
            ("kv=fp8", "bf16 weights, fp8 KV cache, bf16 activations"),
            (
                "llm=int4",
                "bf16 vision encoder, bf16 bridge, int4 LLM, bf16 KV cache, bf16 activations",
            ),
        ] {
            let formats = FormatsSpec::read(text).unwrap().design();
            assert_eq!(formats.to_string(), said);
            assert_eq!(FormatsSpec::from(formats).design(), formats);
        }
        for wrong in ["", "int3", "weights", "weights=", "wights=int4", "int4,kv=fp8"] {
            assert!(FormatsSpec::read(wrong).is_err(), "{wrong}");
        }
        let map = FormatsSpec::read("weights=int4,kv=fp8").unwrap();
        assert_eq!(map.to_string(), "{weights: int4, kv: fp8}");
    }
}
