use std::fmt;

use serde::{Deserialize, Serialize};

/// The rules a field can break. The pages have the words for people; what is written here is for
/// other systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// It is empty and must not be.
    Required,
    /// It is longer than this many characters.
    TooLong(u32),
    /// It is not an amount of money.
    Money,
    /// It is not an e-mail address.
    Email,
    /// It is none of the choices.
    Choice,
    /// It is not a phone number.
    Phone,
    /// It is not a number.
    Number,
    /// It is more than this.
    Above(u64),
    /// It is not a day of the calendar.
    Date,
    /// It is neither yes nor no.
    YesNo,
    /// More than this many are chosen.
    TooMany(u32),
    /// It is not a text.
    Text,
    /// There is an answer, and the other answers say that it is not asked for.
    NotAsked,
    /// The workflow does not take it.
    NotTaken,
    /// It is no list of files that were handed in, or one of them is not there any more.
    File,
    /// A file is larger than this many megabytes.
    FileTooLarge(u32),
    /// The files sent at once are larger than this many megabytes together.
    FilesTooLarge(u32),
    /// A file is of a kind that is not taken, or holds something else than its name says.
    FileKind,
    /// A file has nothing in it.
    FileEmpty,
    /// A file could not be kept right now.
    FileNotKept,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Required => f.write_str("an answer is needed"),
            Rule::TooLong(chars) => write!(f, "the limit is {chars} characters"),
            Rule::Money => {
                f.write_str("this is no amount of dollars from 0 up, with cents at most")
            }
            Rule::Email => f.write_str("this is no e-mail address"),
            Rule::Choice => f.write_str("this is none of the options"),
            Rule::Phone => f.write_str("this is no phone number"),
            Rule::Number => f.write_str("this is no number"),
            Rule::Above(most) => write!(f, "the most is {most}"),
            Rule::Date => f.write_str("this is no day, written like 2024-05-14"),
            Rule::YesNo => f.write_str("this is neither true nor false"),
            Rule::TooMany(most) => write!(f, "at most {most} can be chosen"),
            Rule::Text => f.write_str("this is no text"),
            Rule::NotAsked => f.write_str("the other answers say that this is not asked for"),
            Rule::NotTaken => f.write_str("the workflow does not take this"),
            Rule::File => f.write_str("this is no list of files that were handed in for this"),
            Rule::FileTooLarge(most) => write!(f, "a file has at most {most} MB"),
            Rule::FilesTooLarge(most) => {
                write!(f, "files sent at once have at most {most} MB together")
            }
            Rule::FileKind => f.write_str("files of this kind are not taken"),
            Rule::FileEmpty => f.write_str("a file is empty"),
            Rule::FileNotKept => f.write_str("a file could not be kept right now"),
        }
    }
}
