//! What is remembered between drills: right and asked, by topic, and how the questions that were
//! answered wrongly were drawn; in one JSON file.
//!
//! The file is read again and replaced under a lock, so that drills that run at once lose nothing.
//! The file is written beside its place and renamed, so that a crash leaves the old one or the new one.
//! A file that cannot be understood is moved aside, never overwritten.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use super::draw::Origin;
use crate::diag::{Code, Diagnostic};

/// Longer files are none of ours.
const MAX_BYTES: u64 = 1 << 20;
/// How long to wait for another drill that writes.
const PATIENCE: Duration = Duration::from_secs(5);
/// Missed questions that are remembered at most; the oldest go.
const MOST_MISSED: usize = 200;

/// Right answers among questions of a topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// Questions.
    pub asked: u64,
    /// Right answers.
    pub right: u64,
}

/// A question that was answered wrongly, and not rightly since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// The question's own name: what is drawn again must have it.
    pub id: String,
    /// Its topic.
    pub topic: String,
    /// The spec that was asked about, if one was named.
    pub spec: Option<String>,
    /// How it was drawn.
    pub origin: Origin,
}

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    version: u32,
    /// Answers by topic.
    pub topics: BTreeMap<String, Remembered>,
    /// Questions to ask again, the oldest first.
    #[serde(default)]
    pub missed: Vec<Missed>,
}

/// The file.
#[derive(Clone, Debug)]
pub struct Progress {
    path: PathBuf,
}

impl Progress {
    /// The file in the user's data folder (`XDG_DATA_HOME`, or the platform's own).
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn of_user() -> Result<Progress, Diagnostic> {
        let strategy = etcetera::choose_base_strategy().map_err(|error| {
            Diagnostic::error(Code::CannotRead, format!("no data folder of the user: {error}"))
                .help("set XDG_DATA_HOME to a folder, or leave `--remember` out")
        })?;
        Ok(Progress::at(strategy.data_dir().join("vlmcalc").join("drill.json")))
    }

    /// A file of this path.
    pub fn at(path: PathBuf) -> Progress {
        Progress { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is remembered, and a warning if the file could not be understood.
    ///
    /// # Errors
    /// If the folder or the file cannot be used.
    pub fn load(&self) -> Result<(Known, Vec<Diagnostic>), Diagnostic> {
        let _lock = self.lock().map_err(|error| self.failed("use", &error))?;
        let (known, warning) = self.read().map_err(|error| self.failed("read", &error))?;
        Ok((known, warning.into_iter().collect()))
    }

    /// Adds an answer: its topic, whether it was right, and how to ask the question again.
    ///
    /// # Errors
    /// If the file cannot be written; it is then as it was.
    pub fn add(
        &self,
        topic: &str,
        right: bool,
        asked: Option<&Missed>,
    ) -> Result<Vec<Diagnostic>, Diagnostic> {
        self.change(|known| {
            let entry = known.topics.entry(topic.to_owned()).or_default();
            entry.asked = entry.asked.saturating_add(1);
            entry.right = entry.right.saturating_add(u64::from(right));
            let Some(asked) = asked else { return };
            known.missed.retain(|one| one.id != asked.id);
            if !right {
                known.missed.push(asked.clone());
            }
            let over = known.missed.len().saturating_sub(MOST_MISSED);
            known.missed.drain(..over);
        })
    }

    /// Forgets missed questions that cannot be asked again.
    ///
    /// # Errors
    /// If the file cannot be written; it is then as it was.
    pub fn drop_missed(&self, ids: &[String]) -> Result<Vec<Diagnostic>, Diagnostic> {
        self.change(|known| known.missed.retain(|one| !ids.contains(&one.id)))
    }

    fn change(&self, change: impl FnOnce(&mut Known)) -> Result<Vec<Diagnostic>, Diagnostic> {
        let failed = |error| self.failed("write", &error);
        let _lock = self.lock().map_err(failed)?;
        let (mut known, warning) = self.read().map_err(failed)?;
        known.version = 1;
        change(&mut known);
        self.replace(&known).map_err(failed)?;
        Ok(warning.into_iter().collect())
    }

    /// Deletes the file. Whether there was one.
    ///
    /// # Errors
    /// If it cannot be deleted.
    pub fn forget(&self) -> Result<bool, Diagnostic> {
        if !self.path.exists() {
            return Ok(false);
        }
        let failed = |error| self.failed("delete", &error);
        let _lock = self.lock().map_err(failed)?;
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            result => Ok(result.is_ok()),
        }
    }

    /// Waits until no other drill uses the file. The lock is a file of its own, since the other
    /// one is replaced; it goes with the value.
    fn lock(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.path.with_extension("lock"))?;
        let start = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The content; of a file that cannot be understood nothing, after it was moved aside.
    fn read(&self) -> io::Result<(Known, Option<Diagnostic>)> {
        let mut bytes = Vec::new();
        match File::open(&self.path) {
            Ok(file) => file.take(MAX_BYTES).read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((Known::default(), None));
            }
            Err(error) => return Err(error),
        };
        match serde_json::from_slice(&bytes) {
            Ok(content) => Ok((content, None)),
            Err(error) => {
                let aside = self.aside();
                fs::rename(&self.path, &aside)?;
                let message = format!("the progress file could not be understood: {error}");
                let warning = Diagnostic::warning(Code::CannotRead, message)
                    .from_file(self.path.to_string_lossy())
                    .note(format!("it was moved to {}", aside.display()))
                    .help("nothing was lost; practice starts afresh");
                Ok((Known::default(), Some(warning)))
            }
        }
    }

    /// The first free name beside the file.
    fn aside(&self) -> PathBuf {
        let mut at = self.path.with_extension("broken");
        let mut count = 1;
        while at.exists() {
            count += 1;
            at = self.path.with_extension(format!("broken-{count}"));
        }
        at
    }

    fn replace(&self, content: &Known) -> io::Result<()> {
        // The lock is held: nobody else writes under this name.
        let new = self.path.with_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(serde_json::to_string_pretty(content)?.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&new, &self.path)
    }

    fn failed(&self, what: &str, error: &io::Error) -> Diagnostic {
        let message = format!("cannot {what} the progress file: {error}");
        Diagnostic::error(Code::CannotWrite, message)
            .from_file(self.path.to_string_lossy())
            .help("check the folder's permissions and the disk, or leave `--remember` out")
    }
}

/// How often a topic comes in a drill: a thousand times the share of wrong answers, smoothed as if
/// one more had been right and one more wrong (Laplace). A topic never asked has 500.
pub fn weight(remembered: Remembered) -> u64 {
    let Remembered { asked, right } = remembered;
    let wrong = u128::from(asked.saturating_sub(right));
    let share = (wrong + 1) * 1000 / (u128::from(asked) + 2);
    u64::try_from(share).unwrap_or(1000)
}

#[cfg(test)]
mod tests {
    use super::super::rng::Rng;
    use super::*;

    fn file(name: &str) -> Progress {
        let folder = format!("vlmcalc-progress-{}-{name}", std::process::id());
        Progress::at(std::env::temp_dir().join(folder).join("drill.json"))
    }

    fn clean(progress: &Progress) {
        fs::remove_dir_all(progress.path().parent().unwrap()).unwrap();
    }

    #[test]
    fn answers_add_up_and_can_be_forgotten() {
        let progress = file("adds");
        assert!(!progress.forget().unwrap());
        for (topic, right) in
            [("patches", true), ("patches", false), ("tiles", true), ("patches", false)]
        {
            progress.add(topic, right, None).unwrap();
        }
        let (Known { topics, missed, .. }, warnings) = progress.load().unwrap();
        assert_eq!(topics["patches"], Remembered { asked: 3, right: 1 });
        assert_eq!((topics["tiles"].asked, missed.len(), warnings.len()), (1, 0, 0));
        assert!(progress.forget().unwrap());
        assert!(progress.load().unwrap().0.topics.is_empty());
        clean(&progress);
    }

    #[test]
    fn a_missed_question_stays_until_it_is_right() {
        let progress = file("missed");
        let missed = |id: usize| Missed {
            id: id.to_string(),
            topic: "patches".into(),
            spec: None,
            origin: Origin { rng: Rng::new(7, id as u64), levels: vec![1] },
        };
        let known = |progress: &Progress| progress.load().unwrap().0.missed;
        for id in [1, 2, 1] {
            progress.add("patches", false, Some(&missed(id))).unwrap();
        }
        assert_eq!(known(&progress), [missed(2), missed(1)]);
        progress.add("patches", true, Some(&missed(2))).unwrap();
        assert_eq!(known(&progress), [missed(1)]);
        progress.drop_missed(&["1".into()]).unwrap();
        assert_eq!(known(&progress), []);
        for id in 0..MOST_MISSED + 3 {
            progress.add("patches", false, Some(&missed(id))).unwrap();
        }
        assert_eq!((known(&progress).len(), &known(&progress)[0]), (MOST_MISSED, &missed(3)));
        clean(&progress);
    }

    #[test]
    fn many_at_once_lose_nothing() {
        let progress = file("many");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    (0..10).for_each(|_| {
                        progress.add("patches", true, None).unwrap();
                    })
                });
            }
        });
        assert_eq!(progress.load().unwrap().0.topics["patches"].asked, 80);
        clean(&progress);
    }

    #[test]
    fn a_broken_file_is_moved_aside() {
        let progress = file("broken");
        progress.add("patches", true, None).unwrap();
        for broken in [
            "",
            "{\"version\": 1, \"top",
            "[]",
            "{\"version\":1,\"topics\":{\"a\":{\"asked\":-1}}}",
        ] {
            fs::write(progress.path(), broken).unwrap();
            let (known, warnings) = progress.load().unwrap();
            assert_eq!((known.topics.len(), warnings.len()), (0, 1));
            assert!(warnings[0].notes[0].contains("broken"), "{warnings:?}");
        }
        let folder = progress.path().parent().unwrap();
        assert_eq!(fs::read_to_string(folder.join("drill.broken-3")).unwrap(), "[]");
        progress.add("patches", true, None).unwrap();
        assert_eq!(progress.load().unwrap().0.topics["patches"].asked, 1);
        clean(&progress);
    }

    #[test]
    fn weak_topics_weigh_more() {
        let of = |asked, right| weight(Remembered { asked, right });
        assert_eq!(of(0, 0), 500);
        assert!(of(10, 0) > of(1, 0) && of(1, 0) > of(0, 0) && of(0, 0) > of(10, 10));
        assert!(of(u64::MAX, u64::MAX) == 0 && of(0, 9) == 500);
    }
}
