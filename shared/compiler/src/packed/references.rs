//! Whether every id in a model that was read from a file is one of the model's own.
//!
//! The ids are found by the names of their types in the serialized form, so that an id in a field
//! that somebody adds is looked at too.

use std::fmt::Error as Dangling;

use model::{Cube, CubeId, DataModel, Member, MemberId};
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// Whether every cube and member that the model refers to exists.
pub(super) fn lead_somewhere(model: &DataModel) -> bool {
    let mut walk = Walk { model, cube: CubeId(0), next: Next::Number };
    model.cubes().all(|(_, cube): (_, &Cube)| cube.serialize(&mut walk).is_ok())
        && model.view_groups().serialize(&mut walk).is_ok()
}

/// A serializer that writes nothing.
struct Walk<'m> {
    model: &'m DataModel,
    /// The last one seen: a [`MemberId`] names its cube first.
    cube: CubeId,
    next: Next,
}

/// What the next number is.
#[derive(Clone, Copy)]
enum Next {
    Number,
    Cube,
    Member(fn(u32) -> Member),
}

impl Walk<'_> {
    fn number(&mut self, number: u32) -> Result<(), Dangling> {
        let exists = match std::mem::replace(&mut self.next, Next::Number) {
            Next::Number => true,
            Next::Cube => {
                self.cube = CubeId(number);
                (number as usize) < self.model.len()
            }
            Next::Member(kind) => {
                let id = MemberId { cube: self.cube, member: kind(number) };
                match id.member {
                    Member::Measure(_) => self.model.measure(id).is_some(),
                    Member::Dimension(_) => self.model.dimension(id).is_some(),
                    Member::Segment(_) => self.model.segment(id).is_some(),
                }
            }
        };
        if exists { Ok(()) } else { Err(Dangling) }
    }
}

/// Values that hold no id.
macro_rules! passed_over {
    ($($method:ident($kind:ty))*) => {
        $(fn $method(self, _: $kind) -> Result<(), Dangling> {
            Ok(())
        })*
    };
}

/// Values that hold values.
macro_rules! looked_into {
    ($($kind:ident::$method:ident($($key:ty)?))*) => {
        $(impl $kind for &mut Walk<'_> {
            type Ok = ();
            type Error = Dangling;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $(_: $key,)?
                value: &T,
            ) -> Result<(), Dangling> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Dangling> {
                Ok(())
            }
        })*
    };
}

looked_into! {
    SerializeSeq::serialize_element()
    SerializeTuple::serialize_element()
    SerializeTupleStruct::serialize_field()
    SerializeTupleVariant::serialize_field()
    SerializeStruct::serialize_field(&'static str)
    SerializeStructVariant::serialize_field(&'static str)
}

impl SerializeMap for &mut Walk<'_> {
    type Ok = ();
    type Error = Dangling;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Dangling> {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Dangling> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Dangling> {
        Ok(())
    }
}

impl Serializer for &mut Walk<'_> {
    type Ok = ();
    type Error = Dangling;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    passed_over! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32)
        serialize_i64(i64) serialize_u8(u8) serialize_u16(u16) serialize_u64(u64)
        serialize_f32(f32) serialize_f64(f64) serialize_char(char) serialize_str(&str)
        serialize_bytes(&[u8]) serialize_unit_struct(&'static str)
    }

    fn serialize_u32(self, value: u32) -> Result<(), Dangling> {
        self.number(value)
    }

    fn serialize_none(self) -> Result<(), Dangling> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Dangling> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Dangling> {
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
    ) -> Result<(), Dangling> {
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Dangling> {
        if name == "CubeId" {
            self.next = Next::Cube;
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Dangling> {
        match (name, variant) {
            ("Member", "Measure") => self.next = Next::Member(Member::Measure),
            ("Member", "Dimension") => self.next = Next::Member(Member::Dimension),
            ("Member", "Segment") => self.next = Next::Member(Member::Segment),
            _ => {}
        }
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Dangling> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Dangling> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Dangling> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Dangling> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Dangling> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Dangling> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Dangling> {
        Ok(self)
    }
}
