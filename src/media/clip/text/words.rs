//! A number in English words.

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [(u64, &str); 4] = [
    (1_000_000_000_000, "trillion"),
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
];

/// A number below 10^15 in words, as `num2words` (0.5) writes it: `one thousand, two hundred and
/// thirty-four`.
pub fn in_words(number: u64) -> String {
    let (mut groups, mut rest) = (Vec::new(), number);
    for (scale, name) in SCALES {
        if rest >= scale {
            groups.push(format!("{} {name}", below_thousand(rest / scale)));
            rest %= scale;
        }
    }
    let large = groups.join(", ");
    match (large.is_empty(), rest) {
        (true, _) => below_thousand(rest),
        (false, 0) => large,
        (false, 1..=99) => format!("{large} and {}", below_thousand(rest)),
        (false, _) => format!("{large}, {}", below_thousand(rest)),
    }
}

fn below_thousand(number: u64) -> String {
    let small = |number: u64| match (SMALL.get(number as usize), number / 10, number % 10) {
        (Some(word), ..) => (*word).to_owned(),
        (None, tens, 0) => TENS[tens as usize % 10].to_owned(),
        (None, tens, one) => format!("{}-{}", TENS[tens as usize % 10], SMALL[one as usize]),
    };
    match (number / 100, number % 100) {
        (0, rest) => small(rest),
        (hundreds, 0) => format!("{} hundred", small(hundreds)),
        (hundreds, rest) => format!("{} hundred and {}", small(hundreds), small(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (number, words) in [
            (0, "zero"),
            (8, "eight"),
            (20, "twenty"),
            (64, "sixty-four"),
            (100, "one hundred"),
            (110, "one hundred and ten"),
            (768, "seven hundred and sixty-eight"),
            (1000, "one thousand"),
            (1001, "one thousand and one"),
            (1234, "one thousand, two hundred and thirty-four"),
            (86_400, "eighty-six thousand, four hundred"),
            (1_000_012, "one million and twelve"),
            (2_000_300, "two million, three hundred"),
        ] {
            assert_eq!(in_words(number), words, "{number}");
        }
    }
}
