//! Tokens for programs: every row, with exact integers.

use serde_json::{Map, Value, json};

use crate::diag::{json_line, json_text};
use crate::media::hosted::{HOSTED, Hosted, Setting};
use crate::media::{Costed, Pixels};
use crate::render::{Data, Format, View, csv_table, csv_text, exact_json};
use crate::tokens::{Answer, Item, Model, Row, Rows, Tokens};

pub(super) const JSON: Format<Data<Tokens>> = Format {
    name: "json",
    about: "A list of all rows, with exact integers",
    printer: |all, _: &View| json_text(&Value::Array(all.iter().flat_map(values).collect())),
};

pub(super) const JSONL: Format<Data<Tokens>> = Format {
    name: "jsonl",
    about: "JSON Lines: a row a line, however many there are",
    printer: |all, _: &View| all.iter().flat_map(values).map(|value| json_line(&value)).collect(),
};

pub(super) const CSV: Format<Data<Tokens>> = Format {
    name: "csv",
    about: "One line per row, with exact integers",
    printer: |all, _: &View| all.iter().map(csv).collect(),
};

/// The rows as objects.
fn values(tokens: &Tokens) -> Vec<Value> {
    match tokens {
        Tokens::Rows(rows) => rows.rows.iter().map(|row| of_row(rows, row)).collect(),
        Tokens::Extremes(found) => {
            let value = |one: &crate::tokens::Extremes| match &one.found {
                Ok(found) => {
                    let (worst, least) = (of_costed(&found.most), of_costed(&found.least));
                    json!({"name": one.name, "worst": worst, "least": least})
                }
                Err(why) => {
                    json!({"name": one.name, "worst": null, "least": null, "refused": why})
                }
            };
            found.iter().map(value).collect()
        }
        Tokens::Largest(found) => {
            let value = |one: &crate::tokens::Largest| match &one.found {
                Ok(costed) => {
                    let mut value = of_costed(costed);
                    value["name"] = json!(one.name);
                    value["within"] = json!(one.within);
                    value["is_limit"] = json!(one.is_limit);
                    value
                }
                Err(why) => json!({"name": one.name, "within": one.within, "image": null,
                                   "refused": why}),
            };
            found.iter().map(value).collect()
        }
        Tokens::Hosted => HOSTED.iter().flat_map(settings).collect(),
    }
}

fn of_row(rows: &Rows, row: &Row) -> Value {
    let (model, item) = (&rows.models[row.model], &rows.items[row.item]);
    let nothing = Answer::default();
    let (answer, refused) = match row.answer.as_ref() {
        Ok(answer) => (answer, None),
        Err(why) => (&nothing, Some(why)),
    };
    let structural =
        if refused.is_none() { exact_json(Some(answer.structural)) } else { json!(null) };
    let mut value = json!({
        "name": model.name(),
        "image": image(item, answer),
        "resized": resized(answer),
        "tiles": exact_json(answer.tiles),
        "patches": exact_json(answer.patches),
        "encoder": exact_json(answer.encoder),
        "visual": exact_json(answer.visual),
        "structural": structural,
        "share_of_context": share(answer),
    });
    if !answer.kinds.is_empty() {
        let kinds = answer
            .kinds
            .iter()
            .map(|(kind, count)| (kind.word().to_owned(), exact_json(Some(*count))));
        value["structural_by_kind"] = Value::Object(kinds.collect::<Map<_, _>>());
    }
    if let Some(name) = &item.name {
        value["file"] = json!(name);
    }
    if let Some(why) = refused {
        value["refused"] = json!(why);
    }
    if let Model::Hosted(of) = model {
        value["hosted"] = of_hosted(of.hosted, of.setting);
    }
    value
}

/// The sizes of an item, or those that the spec says.
fn image(item: &Item, answer: &Answer) -> Option<String> {
    item.media.in_words().or_else(|| resized(answer))
}

fn resized(answer: &Answer) -> Option<String> {
    let sizes: Vec<String> = answer.resized.iter().map(Pixels::to_string).collect();
    (!sizes.is_empty()).then(|| sizes.join(","))
}

fn share(answer: &Answer) -> Option<f64> {
    answer.share().map(|(part, whole)| part as f64 / whole as f64)
}

fn of_costed(costed: &Costed) -> Value {
    json!({
        "visual": costed.count.visual,
        "structural": costed.count.structural,
        "image": costed.picture.to_string(),
    })
}

/// What is known of a hosted model's rule.
fn of_hosted(hosted: &Hosted, setting: &Setting) -> Value {
    json!({
        "provider": hosted.provider,
        "architecture": "undisclosed",
        "setting": setting.name,
        "rule": setting.rule.in_words(),
        "confidence": hosted.confidence.word(),
        "source": hosted.source.url,
        "read": hosted.source.read,
    })
}

fn settings(hosted: &'static Hosted) -> Vec<Value> {
    let of_setting = |setting: &Setting| {
        let mut value = of_hosted(hosted, setting);
        value["names"] = json!(hosted.names);
        value
    };
    hosted.settings.iter().map(of_setting).collect()
}

/// The rows as CSV.
fn csv(tokens: &Tokens) -> String {
    let text = |value: Option<String>| value.map_or_else(String::new, |text| csv_text(&text));
    let number = |value: Option<i128>| value.map_or_else(String::new, |value| value.to_string());
    match tokens {
        Tokens::Rows(rows) => {
            let header = [
                "name",
                "file",
                "image",
                "resized",
                "tiles",
                "patches",
                "encoder",
                "visual",
                "structural",
                "context",
                "share_of_context",
                "refused",
            ];
            let nothing = Answer::default();
            let records = rows.rows.iter().map(|row| {
                let item = &rows.items[row.item];
                let answer = row.answer.as_ref().as_ref().unwrap_or(&nothing);
                let structural = row.answer.is_ok().then_some(answer.structural);
                [
                    csv_text(rows.models[row.model].name()),
                    text(item.name.clone()),
                    text(image(item, answer)),
                    text(resized(answer)),
                    number(answer.tiles),
                    number(answer.patches),
                    number(answer.encoder),
                    number(answer.visual),
                    number(structural),
                    number(answer.context),
                    share(answer).map_or_else(String::new, |share| share.to_string()),
                    text(row.answer.as_ref().as_ref().err().cloned()),
                ]
            });
            csv_table(header, records)
        }
        Tokens::Extremes(found) => {
            let header = [
                "name",
                "worst_visual",
                "worst_structural",
                "worst_image",
                "least_visual",
                "least_structural",
                "least_image",
                "refused",
            ];
            let records = found.iter().map(|one| {
                let (worst, least, why) = match &one.found {
                    Ok(found) => (of(&found.most), of(&found.least), String::new()),
                    Err(why) => (Default::default(), Default::default(), csv_text(why)),
                };
                let [a, b, c] = worst;
                let [d, e, f] = least;
                [csv_text(&one.name), a, b, c, d, e, f, why]
            });
            csv_table(header, records)
        }
        Tokens::Largest(found) => {
            let header = ["name", "within", "visual", "structural", "image", "is_limit", "refused"];
            let records = found.iter().map(|one| {
                let ([visual, structural, image], why) = match &one.found {
                    Ok(costed) => (of(costed), String::new()),
                    Err(why) => (Default::default(), csv_text(why)),
                };
                let (name, within) = (csv_text(&one.name), one.within.to_string());
                [name, within, visual, structural, image, one.is_limit.to_string(), why]
            });
            csv_table(header, records)
        }
        Tokens::Hosted => {
            let header = ["names", "setting", "provider", "rule", "confidence", "source", "read"];
            let records = HOSTED.iter().flat_map(|hosted| {
                hosted.settings.iter().map(move |setting| {
                    [
                        hosted.names.join(" "),
                        setting.name.to_owned(),
                        hosted.provider.to_owned(),
                        setting.rule.in_words(),
                        hosted.confidence.word().to_owned(),
                        hosted.source.url.to_owned(),
                        hosted.source.read.to_owned(),
                    ]
                })
            });
            csv_table(header, records)
        }
    }
}

fn of(costed: &Costed) -> [String; 3] {
    let Costed { count, picture } = costed;
    [count.visual.to_string(), count.structural.to_string(), picture.to_string()]
}
