//! Closed lists of codes: how a code is written, what a person reads, and what all the codes are.

use std::fmt;

/// One of a closed list of codes. The code is what is stored, hashed and sent; it is never re-used
/// and never translated. The label is what a person reads.
pub trait Coded: Copy + Eq + fmt::Debug + Sized + 'static {
    /// What the list is called in an error message ("role", "deferral reason").
    const WHAT: &'static str;

    /// The stored code.
    fn code(self) -> &'static str;

    /// The words that a person reads.
    fn label(self) -> &'static str;

    /// All values, in the order in which a form offers them.
    fn all() -> &'static [Self];

    /// The value of a code.
    ///
    /// # Errors
    /// [`UnknownCode`] when the list has no such code.
    fn from_code(code: &str) -> Result<Self, UnknownCode> {
        Self::all()
            .iter()
            .copied()
            .find(|value| value.code() == code)
            .ok_or_else(|| UnknownCode { what: Self::WHAT, code: code.to_owned() })
    }
}

/// A code that its list does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{code}`")]
pub struct UnknownCode {
    /// What the list is called.
    pub what: &'static str,
    /// The text that was given.
    pub code: String,
}

/// Declares an enum whose values are codes, with `Coded`, `Display` (the code), `FromStr` and serde
/// as the code.
macro_rules! coded {
    (
        $(#[$meta:meta])*
        $name:ident, $what:literal {
            $( $variant:ident = $code:literal, $label:literal; )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(
                #[doc = concat!("`", $code, "`: ", $label, ".")]
                $variant,
            )+
        }

        impl $crate::coded::Coded for $name {
            const WHAT: &'static str = $what;

            fn code(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            fn label(self) -> &'static str {
                match self { $( Self::$variant => $label, )+ }
            }

            fn all() -> &'static [Self] {
                &[ $( Self::$variant, )+ ]
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str($crate::coded::Coded::code(*self))
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::coded::UnknownCode;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                $crate::coded::Coded::from_code(code)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::coded::Coded::code(*self))
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let code = <::std::borrow::Cow<'_, str> as ::serde::Deserialize>::deserialize(deserializer)?;
                $crate::coded::Coded::from_code(&code).map_err(::serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use coded;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::decision::{Agreement, DeferralReason, DepartReason, Intent, Modality, OutcomeKind};
    use crate::permission::Action;
    use crate::role::{Duty, Role, Specialty};

    fn is_a_list_of_distinct_codes<T: Coded>() {
        let codes: BTreeSet<&str> = T::all().iter().map(|value| value.code()).collect();
        assert_eq!(codes.len(), T::all().len(), "{}", T::WHAT);
        for value in T::all() {
            assert_eq!(T::from_code(value.code()), Ok(*value));
            assert!(!value.label().is_empty());
        }
    }

    #[test]
    fn no_two_values_of_a_list_share_a_code() {
        is_a_list_of_distinct_codes::<Action>();
        is_a_list_of_distinct_codes::<Agreement>();
        is_a_list_of_distinct_codes::<DeferralReason>();
        is_a_list_of_distinct_codes::<DepartReason>();
        is_a_list_of_distinct_codes::<Duty>();
        is_a_list_of_distinct_codes::<Intent>();
        is_a_list_of_distinct_codes::<Modality>();
        is_a_list_of_distinct_codes::<OutcomeKind>();
        is_a_list_of_distinct_codes::<Role>();
        is_a_list_of_distinct_codes::<Specialty>();
    }

    #[test]
    fn an_unknown_code_is_named_with_its_list() {
        assert_eq!(Role::from_code("king").unwrap_err().to_string(), "unknown role `king`");
        assert!(serde_json::from_str::<Role>("\"king\"").is_err());
        assert_eq!(serde_json::from_str::<Role>("\"chair\"").unwrap(), Role::Chair);
        assert_eq!(serde_json::to_string(&Role::Chair).unwrap(), "\"chair\"");
    }
}
