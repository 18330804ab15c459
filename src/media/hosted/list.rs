//! The hosted models, and what is published of each.

use super::fitted::Fitted;
use super::flat::Flat;
use super::grid::{Grid, Tile};
use super::patches::{Limits, Patches};
use super::tiles::Tiles;
use super::{Confidence, Hosted, Rule, Setting, Source};

/// A model or service of which no rule is published.
#[derive(Debug)]
pub struct Unpublished {
    /// Its names.
    pub names: &'static [&'static str],
    /// What is known of it.
    pub known: &'static str,
}

/// OpenAI's guide, which has the table of prices, the steps and the examples.
const OPENAI: Source = Source {
    title: "OpenAI, Images and vision",
    url: "https://developers.openai.com/api/docs/guides/images-vision",
    read: "2026-09",
};

/// Anthropic's guide, with the steps as a program.
const ANTHROPIC: Source = Source {
    title: "Anthropic, Coordinates and bounding boxes",
    url: "https://platform.claude.com/docs/en/build-with-claude/vision-coordinates",
    read: "2026-09",
};

/// Google's table for Gemini 3.
const GOOGLE: Source = Source {
    title: "Google, Media resolution",
    url: "https://ai.google.dev/gemini-api/docs/media-resolution",
    read: "2026-09",
};

/// Google's words on Gemini 2.
const GOOGLE_IMAGES: Source = Source {
    title: "Google, Image understanding",
    url: "https://ai.google.dev/gemini-api/docs/image-understanding",
    read: "2026-09",
};

/// Charges that a user measured.
const OPENAI_MEASURED: Source = Source {
    title: "OpenAI, Images and vision; the factor 1.2 from charges that users measured",
    url: "https://community.openai.com/t/api-ai-computer-vision-pricing-models-compared-visually/1372291",
    read: "2026-09",
};

const ROUNDED: &str = "how a fraction of a token is rounded is not published: here to the nearest";

/// A model whose tiles have a price.
const fn tiles(names: &'static [&'static str], settings: &'static [Setting]) -> Hosted {
    let (provider, source, confidence) = ("OpenAI", OPENAI, Confidence::Published);
    Hosted { names, provider, settings, source, confidence, note: "" }
}

/// A model whose patches have a price.
const fn patches(names: &'static [&'static str], settings: &'static [Setting]) -> Hosted {
    Hosted { note: ROUNDED, ..tiles(names, settings) }
}

/// A model whose patches have a price that others have measured.
const fn measured(names: &'static [&'static str], settings: &'static [Setting]) -> Hosted {
    let (source, confidence) = (OPENAI_MEASURED, Confidence::Measured);
    Hosted { source, confidence, ..patches(names, settings) }
}

/// A tier of one limit of side and tokens.
const fn tier(names: &'static [&'static str], settings: &'static [Setting]) -> Hosted {
    let note = "an older edition of the guide said height x width / 750";
    Hosted { provider: "Anthropic", source: ANTHROPIC, note, ..tiles(names, settings) }
}

const fn high_tiles(base: u64, each: u64) -> Setting {
    Setting { name: "high", rule: Rule::Tiles(Tiles::of(base, each)) }
}

const fn low_tiles(base: u64) -> Setting {
    Setting { name: "low", rule: Rule::Tiles(Tiles::low(base)) }
}

/// Patches at a detail, with tokens of 100.
const fn detail(name: &'static str, limits: Option<Limits>, of_hundred: u64) -> Setting {
    Setting { name, rule: Rule::Patches(Patches { limits, of_hundred }) }
}

const SMALL: Option<Limits> = Some(Limits { longest: 2048, budget: 1536 });
const LARGE: Option<Limits> = Some(Limits { longest: 2048, budget: 2500 });
const ORIGINAL: Option<Limits> = Some(Limits { longest: 6000, budget: 10_000 });

const fn resolution(name: &'static str, image: u64, frame: u64) -> Setting {
    Setting { name, rule: Rule::Flat(Flat { image, frame }) }
}

const fn covered(name: &'static str, tile: Tile) -> Setting {
    Setting { name, rule: Rule::Grid(Grid { small: 384, tile, tokens: 258 }) }
}

/// All models with a rule. Of two with a name in common the first is found; a test holds that there
/// are none.
pub const HOSTED: &[Hosted] = &[
    tiles(&["gpt-4o", "chatgpt-4o", "gpt-4.1", "gpt-4.5"], &[high_tiles(85, 170), low_tiles(85)]),
    tiles(&["gpt-4o-mini"], &[high_tiles(2833, 5667), low_tiles(2833)]),
    tiles(&["gpt-5", "gpt-5-chat"], &[high_tiles(70, 140), low_tiles(70)]),
    tiles(&["o1", "o1-pro", "o3"], &[high_tiles(75, 150), low_tiles(75)]),
    tiles(&["computer-use"], &[high_tiles(65, 129), low_tiles(65)]),
    patches(&["gpt-5-mini", "gpt-5.4-mini", "gpt-4.1-mini"], &[detail("high", SMALL, 162)]),
    patches(&["gpt-5-nano", "gpt-5.4-nano", "gpt-4.1-nano"], &[detail("high", SMALL, 246)]),
    patches(&["o4-mini"], &[detail("high", SMALL, 172)]),
    measured(&["gpt-5.2", "gpt-5.2-chat", "gpt-5.2-codex"], &[detail("high", SMALL, 120)]),
    measured(&["gpt-5.4"], &[detail("high", LARGE, 120), detail("original", ORIGINAL, 120)]),
    measured(&["gpt-5.5"], &[detail("original", ORIGINAL, 120), detail("high", LARGE, 120)]),
    measured(&["gpt-5.6", "gpt-6"], &[detail("original", None, 120), detail("high", LARGE, 120)]),
    tier(
        &[
            "claude",
            "claude-3-haiku",
            "claude-3-opus",
            "claude-3-sonnet",
            "claude-3-5-haiku",
            "claude-3-5-sonnet",
            "claude-3-7-sonnet",
            "claude-haiku-4-5",
            "claude-opus-4",
            "claude-opus-4-0",
            "claude-opus-4-1",
            "claude-opus-4-5",
            "claude-opus-4-6",
            "claude-sonnet-4",
            "claude-sonnet-4-0",
            "claude-sonnet-4-5",
            "claude-sonnet-4-6",
        ],
        &[Setting { name: "", rule: Rule::Fitted(Fitted { longest: 1568, tokens: 1568 }) }],
    ),
    tier(
        &[
            "claude-high-resolution",
            "claude-fable-5",
            "claude-mythos-5",
            "claude-opus-4-7",
            "claude-opus-4-8",
            "claude-opus-5",
            "claude-opus-5-5",
            "claude-sonnet-5",
        ],
        &[Setting { name: "", rule: Rule::Fitted(Fitted { longest: 2576, tokens: 4784 }) }],
    ),
    Hosted {
        names: &[
            "gemini-3",
            "gemini-3-flash",
            "gemini-3-pro",
            "gemini-3.1-flash-lite",
            "gemini-3.1-pro",
            "gemini-3.5-flash",
            "gemini-3.5-flash-lite",
            "gemini-3.8-flash",
        ],
        provider: "Google",
        // Without a resolution, an image is charged as at `high`, a frame as at `low`.
        settings: &[
            resolution("default", 1120, 70),
            resolution("low", 280, 70),
            resolution("medium", 560, 70),
            resolution("high", 1120, 280),
            resolution("ultra-high", 2240, 280),
        ],
        source: GOOGLE,
        confidence: Confidence::Rough,
        note: "the table calls its numbers approximate and the most that an image takes; from 1,056 \
               to 1,101 were measured at the default",
    },
    Hosted {
        names: &[
            "gemini-2",
            "gemini-2.0-flash",
            "gemini-2.0-flash-lite",
            "gemini-2.5-flash",
            "gemini-2.5-flash-lite",
            "gemini-2.5-pro",
        ],
        provider: "Google",
        settings: &[covered("tiles", Tile::Side(768)), covered("crops", Tile::OfShorterSide)],
        source: GOOGLE_IMAGES,
        confidence: Confidence::Rough,
        note: "the guide says both tiles of 768x768 (`:tiles`) and, as a rough formula, tiles of two \
               thirds of the shorter side (`:crops`): 2 and 6 of them for 540x960",
    },
];

/// What people ask for in vain.
pub const UNPUBLISHED: &[Unpublished] = &[
    Unpublished {
        names: &["rufus", "amazon-rufus"],
        known: "Amazon publishes neither the architecture of Rufus nor what an image costs there",
    },
    Unpublished {
        names: &["nova", "amazon-nova", "nova-lite", "nova-pro", "nova-premier"],
        known: "Amazon's guide to Nova estimates the tokens of a few sizes and gives no rule",
    },
    Unpublished {
        names: &["grok", "grok-2-vision", "grok-4"],
        known: "xAI says that an image is at most 6 tiles of 448x448 and one more, 256 tokens each \
                (1,792 at most), and not how it is cut",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::media::hosted::{Counted, Found, find};
    use crate::media::{Pixels, Refusal};

    /// What a model makes of an image of a width and a height, in the order of the guides.
    fn counted(model: &str, width: u64, height: u64) -> Counted {
        let Some(Found::Rule(_, setting)) = find(model) else { panic!("{model}") };
        setting.rule.count(Pixels { height, width }).unwrap()
    }

    fn visual(model: &str, width: u64, height: u64) -> u64 {
        counted(model, width, height).visual
    }

    #[test]
    fn tiles_as_the_guide_and_charges_have_them() {
        // The guide's examples, and prices of one tile.
        assert_eq!(visual("gpt-4o", 1024, 1024), 765);
        assert_eq!(visual("gpt-4o", 2048, 4096), 1105);
        assert_eq!(visual("gpt-4o:low", 4096, 8192), 85);
        assert_eq!(visual("gpt-4o-mini", 128, 64), 8500);
        assert_eq!(visual("o3", 128, 64), 225);
        assert_eq!(visual("gpt-5", 1024, 1024), 630);
        // Charges, less the 8 tokens around them: community.openai.com/t/1281361.
        assert_eq!(visual("gpt-4.1", 2049, 513), 1453 - 8);
        assert_eq!(visual("gpt-4.1", 2050, 513), 773 - 8);
        assert_eq!(counted("gpt-4o", 1024, 1024).resized, Some(Pixels { height: 768, width: 768 }));
        assert_eq!(counted("gpt-4o", 1, 100_000).tiles, Some(4));
    }

    #[test]
    fn patches_as_the_guide_and_charges_have_them() {
        let count = counted("gpt-5-mini", 1024, 1024);
        assert_eq!((count.patches, count.visual), (Some(1024), 1659));
        let count = counted("gpt-5-mini", 1800, 2400);
        assert_eq!(count.resized, Some(Pixels { height: 1408, width: 1056 }));
        assert_eq!((count.patches, count.visual), (Some(1452), 2352));
        // Charges, less the 10 tokens around them: community.openai.com/t/1281361 and /1230130.
        assert_eq!(visual("gpt-4.1-mini", 4000, 1474), 2498 - 10);
        assert_eq!(visual("gpt-4.1-mini", 2400, 1800), 2362 - 10);
        assert_eq!(counted("gpt-5.4:original", 10_000, 10_000).patches, Some(10_000));
        assert_eq!(counted("gpt-5.4", 4032, 3024).patches, Some(2451));
        assert_eq!(visual("gpt-5.6", 4032, 3024), 14_364);
        assert_eq!(counted("gpt-5-nano", 1, 1 << 24).patches, Some(64));
    }

    #[test]
    fn tiers_as_the_guide_has_them() {
        for (width, height, standard, high) in [
            (200, 200, 64, 64),
            (1000, 1000, 1296, 1296),
            (1092, 1092, 1521, 1521),
            (1928, 1928, 1521, 4761),
            (1568, 728, 1456, 1456),
            (1920, 1080, 1560, 2691),
            (3840, 2160, 1560, 4784),
            (1075, 1520, 33 * 47, 2145),
            (1, 1, 1, 1),
            (8000, 1, 56, 92),
        ] {
            assert_eq!(visual("claude", width, height), standard, "{width} x {height}");
            assert_eq!(visual("claude-opus-4-7", width, height), high, "{width} x {height}");
        }
        let resized = |model, width, height| {
            counted(model, width, height).resized.map(|size| (size.width, size.height))
        };
        assert_eq!(resized("claude", 1075, 1520), Some((924, 1307)));
        assert_eq!(resized("claude", 1920, 1080), Some((1456, 819)));
        assert_eq!(resized("claude-opus-5", 3840, 2160), Some((2576, 1449)));
        let Some(Found::Rule(_, setting)) = find("claude-sonnet-4-5") else { panic!() };
        let too_long = setting.rule.count(Pixels { height: 1, width: 8001 }).unwrap_err();
        assert_eq!(too_long, Refusal::Long { limit: 8000 });
    }

    #[test]
    fn flat_prices_and_grids() {
        for (model, image, second) in [
            ("gemini-3", 1120, 70),
            ("gemini-3:low", 280, 70),
            ("gemini-3-pro-preview:medium", 560, 70),
            ("gemini-3:high", 1120, 280),
            ("gemini-3:ultra-high", 2240, 280),
        ] {
            assert_eq!(visual(model, 64, 4096), image, "{model}");
            let Some(Found::Rule(_, setting)) = find(model) else { panic!() };
            assert_eq!(setting.rule.of_a_second(), Some(second), "{model}");
        }
        assert_eq!(visual("gemini-2.0-flash", 384, 384), 258);
        assert_eq!(visual("gemini-2.0-flash", 385, 384), 258);
        assert_eq!(visual("gemini-2.0-flash", 1024, 1024), 4 * 258);
        // The rough formula's own example.
        assert_eq!(visual("gemini-2.0-flash:crops", 960, 540), 6 * 258);
        assert_eq!(visual("gemini-2.5-pro", 960, 540), 2 * 258);
    }

    #[test]
    fn every_rule_has_its_source_and_holds_at_any_size() {
        let mut names = BTreeSet::new();
        for hosted in HOSTED {
            assert!(hosted.source.url.starts_with("https://") && hosted.source.read.len() == 7);
            for name in hosted.names {
                assert!(names.insert(*name) && find(name).is_some(), "{name}");
            }
            for setting in hosted.settings {
                assert!(setting.rule.in_words().len() > 20);
                for (height, width) in [(1, 1), (1, 1 << 24), (1 << 24, 1), (1 << 24, 1 << 24)] {
                    let count = setting.rule.count(Pixels { height, width });
                    assert!(count.is_ok_and(|count| count.visual > 0) || height.max(width) > 8000);
                }
            }
        }
        for one in UNPUBLISHED {
            assert!(one.names.iter().all(|name| names.insert(name)) && one.known.len() > 30);
        }
    }
}
