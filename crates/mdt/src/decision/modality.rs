//! What a row of a plan does, what for, and how soon.

use crate::coded::coded;

coded! {
    /// The groups in which a form offers modalities.
    ModalityGroup, "group of modalities" {
        Surgery = "surgery", "Surgery";
        MinimallyInvasive = "minimally_invasive", "Minimally invasive";
        Radiotherapy = "radiotherapy", "Radiotherapy";
        Systemic = "systemic", "Systemic";
        Supportive = "supportive", "Supportive";
        Diagnostic = "diagnostic", "Diagnostic";
        Other = "other", "Other";
    }
}

macro_rules! modalities {
    ($( $group:ident { $( $name:ident = $code:literal, $label:literal; )+ } )+) => {
        coded! {
            /// What is done.
            Modality, "modality" {
                $($( $name = $code, $label; )+)+
            }
        }

        impl Modality {
            /// The group of the modality.
            pub fn group(self) -> ModalityGroup {
                match self {
                    $($( Self::$name )|+ => ModalityGroup::$group,)+
                }
            }
        }
    };
}

modalities! {
    Surgery {
        SurgDecompress = "surg_decompress", "Decompression";
        SurgDecompressFix = "surg_decompress_fix", "Decompression and fixation";
        SurgSeparation = "surg_separation", "Separation surgery";
        SurgEnbloc = "surg_enbloc", "En bloc resection";
        SurgDebulk = "surg_debulk", "Debulking";
        SurgCorpectomy = "surg_corpectomy", "Corpectomy";
        SurgFix = "surg_fix", "Fixation";
        MisFixation = "mis_fixation", "Percutaneous fixation";
        MisDecompress = "mis_decompress", "Minimally invasive decompression";
    }
    MinimallyInvasive {
        Vertebroplasty = "vertebroplasty", "Vertebroplasty";
        Kyphoplasty = "kyphoplasty", "Kyphoplasty";
        Rfa = "rfa", "Radiofrequency ablation";
        Cryoablation = "cryoablation", "Cryoablation";
        Mwa = "mwa", "Microwave ablation";
        Litt = "litt", "Laser interstitial thermotherapy";
        Embolisation = "embolisation", "Embolisation";
        SeedImplant = "seed_implant", "Seed implantation";
    }
    Radiotherapy {
        EbrtSingle = "ebrt_single", "Conventional radiotherapy in a single fraction";
        EbrtMulti = "ebrt_multi", "Conventional radiotherapy in several fractions";
        Sbrt = "sbrt", "Stereotactic radiotherapy";
        SrsPostop = "srs_postop", "Postoperative stereotactic radiosurgery";
        ReIrradiation = "re_irradiation", "Re-irradiation";
    }
    Systemic {
        Chemo = "chemo", "Chemotherapy";
        Hormone = "hormone", "Hormone therapy";
        Immuno = "immuno", "Immunotherapy";
        Targeted = "targeted", "Targeted therapy";
        BoneAgent = "bone_agent", "Bone-modifying agent";
    }
    Supportive {
        Steroid = "steroid", "Steroid";
        Analgesia = "analgesia", "Analgesia";
        Brace = "brace", "Brace";
        Rehab = "rehab", "Rehabilitation";
        PalliativeCare = "palliative_care", "Palliative care";
    }
    Diagnostic {
        Biopsy = "biopsy", "Biopsy";
        Imaging = "imaging", "Imaging";
    }
    Other {
        WatchWait = "watch_wait", "Surveillance";
        Trial = "trial", "Trial entry";
        NoneFurther = "none_further", "No further tumour-specific therapy";
    }
}

impl Modality {
    /// Is it a local treatment of the tumour or the spine?
    pub fn is_local(self) -> bool {
        matches!(
            self.group(),
            ModalityGroup::Surgery | ModalityGroup::MinimallyInvasive | ModalityGroup::Radiotherapy
        )
    }
}

coded! {
    /// What a treatment is meant for (mCODE, treatment intent).
    Intent, "intent" {
        Curative = "curative", "Curative";
        Palliative = "palliative", "Palliative";
        Supportive = "supportive", "Supportive";
        Diagnostic = "diagnostic", "Diagnostic";
        Preventive = "preventive", "Preventive";
    }
}

coded! {
    /// Further goals of a treatment.
    Goal, "goal" {
        LocalControl = "local_control", "Local control";
        NeuroPreservation = "neuro_preservation", "Keep neurological function";
        Stabilisation = "stabilisation", "Stability";
        Pain = "pain", "Pain relief";
    }
}

coded! {
    /// How soon.
    Priority, "priority" {
        Immediate = "immediate", "Immediate, within 24 hours";
        Urgent = "urgent", "Urgent, within 7 days";
        Soon = "soon", "Soon, within 28 days";
        Routine = "routine", "Routine";
    }
}
