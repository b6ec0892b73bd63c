-- The whole schema of the first release. One baseline until 1.0; afterwards one purpose a file.
--
-- Three roles, which `store::migrate` creates before this runs (they are cluster-wide), with their right to the schema:
--   spineboard_owner    owns everything, runs migrations, nothing else
--   spineboard_app      the running program: no ownership, no bypass of policies, no write to history
--   spineboard_auditor  reads
--
-- Every table with patient data has site_id first in its keys and a forced row-level policy on the
-- transaction's settings (spineboard.sites, .cases, .patients, .user_id). The policy reads each
-- setting once, in a sub-select; the bare form would parse the array for every row.
--
-- Append-only tables refuse update, delete and truncate by grant and by trigger.

-- ── helpers ──────────────────────────────────────────────────────────────────────────────────────

create function refuse_change() returns trigger
    language plpgsql as $$
begin
    raise exception 'table % is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
comment on function refuse_change is 'Trigger of every append-only table.';

create procedure make_append_only(name regclass)
    language plpgsql as $$
begin
    execute format('create trigger append_only before update or delete on %s for each row execute function refuse_change()', name);
    execute format('create trigger append_only_truncate before truncate on %s for each statement execute function refuse_change()', name);
    execute format('grant select, insert on %s to spineboard_app', name);
    execute format('grant select on %s to spineboard_auditor', name);
end $$;

create procedure make_mutable(name regclass)
    language plpgsql as $$
begin
    execute format('grant select, insert, update on %s to spineboard_app', name);
    execute format('grant select on %s to spineboard_auditor', name);
end $$;

create procedure make_private(name regclass)
    language plpgsql as $$
begin
    execute format('grant select, insert, update on %s to spineboard_app', name);
end $$;
comment on procedure make_private is 'What the running program needs and no auditor: secrets, and what somebody has not sent.';

create procedure guard_by_site(name regclass)
    language plpgsql as $$
begin
    execute format('alter table %s enable row level security', name);
    execute format('alter table %s force row level security', name);
    execute format($policy$
        create policy of_site on %s
            using (site_id = any ((select nullif(current_setting('spineboard.sites', true), '')::uuid[])::uuid[]))
    $policy$, name);
end $$;
comment on procedure guard_by_site is 'Rows of the sites in the permit, and no others.';

create procedure guard_by_site_or_case(name regclass, case_column text)
    language plpgsql as $$
begin
    call guard_by_site(name);
    execute format($policy$
        create policy of_case on %s for select
            using (%I = any ((select nullif(current_setting('spineboard.cases', true), '')::uuid[])::uuid[]))
    $policy$, name, case_column);
end $$;
comment on procedure guard_by_site_or_case is 'Besides, rows of the single cases that the permit names (sender, later joint meetings and grants).';

-- ── installation, sites, people ──────────────────────────────────────────────────────────────────

create table installation (
    singleton  boolean primary key default true constraint installation_one_row check (singleton),
    kind       text not null constraint installation_kind check (kind in ('demonstration', 'production')),
    name       text not null,
    created_at timestamptz not null,
    clock_starts_at timestamptz
        constraint installation_clock_only_in_demonstration check (clock_starts_at is null or kind = 'demonstration'),
    clock_set_at timestamptz
);
comment on table installation is 'One row, written once: a database is demonstration or production for good.';
comment on column installation.clock_starts_at is 'As-of time of a demonstration; its clock runs on from there, counted from clock_set_at.';

create table site (
    id          uuid primary key,
    kind        text not null constraint site_kind check (kind in ('hospital', 'installation')),
    prefix      text not null constraint site_prefix_unique unique
                constraint site_prefix_form check (prefix ~ '^[A-Z]{2,4}$'),
    name        text not null,
    zone        text not null,
    row_version integer not null default 1
);
comment on table site is 'A hospital; the one row of kind installation owns the log of what belongs to none.';
comment on column site.zone is 'IANA time zone in which the site reads its clocks.';
create unique index site_one_installation on site (kind) where kind = 'installation';

create table site_setting (
    site_id uuid not null references site,
    key     text not null,
    version integer not null,
    value   jsonb not null,
    set_by  uuid,
    set_at  timestamptz not null,
    primary key (site_id, key, version)
);
comment on table site_setting is 'Settings of a site, each change a new version.';

create table app_user (
    id            uuid primary key,
    email         text not null constraint app_user_email_unique unique
                  constraint app_user_email_lower check (email = lower(email)),
    display_name  text not null,
    home_site_id  uuid not null references site,
    password_hash text,
    active        boolean not null default true,
    theme         text not null default 'system' constraint app_user_theme check (theme in ('light', 'dark', 'system')),
    text_size     text not null default 'normal' constraint app_user_text_size check (text_size in ('normal', 'larger')),
    shortcuts     boolean not null default true,
    password_set_at timestamptz,
    row_version   integer not null default 1
);
comment on column app_user.password_hash is 'Argon2id in PHC form; null: nobody can sign in as this user.';

create table password_attempt (
    counter      bytea primary key,
    failed_count integer not null,
    locked_until timestamptz,
    last_at      timestamptz not null
);
comment on table password_attempt is
    'Attempts to give a password that were not right, or are being judged.';
comment on column password_attempt.counter is
    'SHA-256 of what is counted: an address, whether it belongs to a user or not (a lock must not tell who exists), or a user asked again.';

create table membership (
    id        uuid primary key,
    site_id   uuid not null references site,
    user_id   uuid not null references app_user,
    role      text not null constraint membership_role check (role in
              ('referrer', 'coordinator', 'clinician', 'chair', 'auditor', 'steward', 'administrator')),
    specialty text constraint membership_specialty check ((specialty is not null) = (role = 'clinician')),
    since     timestamptz not null,
    ended_at  timestamptz,
    constraint membership_unique unique (user_id, site_id, role, since)
);
comment on table membership is 'Roles per site; ended, never deleted.';
create unique index membership_current on membership (user_id, site_id, role) where ended_at is null;

create table session (
    id_hash    bytea primary key,
    user_id    uuid references app_user,
    data       bytea not null,
    created_at timestamptz not null,
    seen_at    timestamptz not null,
    expires_at timestamptz not null
);
comment on column session.id_hash is 'SHA-256 of the cookie''s id: a leaked table is not a set of live sessions.';
create index session_of_user on session (user_id);
create index session_expiry on session (expires_at);

-- ── patients and cases ───────────────────────────────────────────────────────────────────────────

create table patient (
    site_id       uuid not null references site,
    id            uuid not null constraint patient_id_unique unique,
    family_name   text not null,
    given_name    text not null,
    title         text,
    name_key      text not null collate "C",
    birth_date    date not null,
    sex           text not null constraint patient_sex check (sex in ('female', 'male', 'other', 'unknown')),
    death_date    date constraint patient_death_after_birth check (death_date >= birth_date),
    registered_at timestamptz not null,
    registered_by uuid not null references app_user,
    row_version   integer not null default 1,
    primary key (site_id, id)
);
comment on table patient is 'A person as one site knows them.';
comment on column patient.name_key is 'Family and given name folded for search: lower case, no accents. Searched with ^@, which is leakproof.';
create index patient_name on patient (site_id, name_key text_pattern_ops);

create table patient_identifier (
    site_id    uuid not null,
    patient_id uuid not null,
    system     text not null constraint patient_identifier_system check (system in ('nhs', 'hospital')),
    value      text not null,
    primary key (site_id, patient_id, system),
    constraint patient_identifier_unique unique (site_id, system, value),
    foreign key (site_id, patient_id) references patient (site_id, id)
);
comment on constraint patient_identifier_unique on patient_identifier is
    'Never wider than a site: an error must not tell of another site''s patients.';

create table rule_set_version (
    id         uuid primary key,
    rule_set   text not null,
    version    integer not null constraint rule_set_version_number check (version > 0),
    kind       text not null,
    title      text not null,
    status     text not null constraint rule_set_version_status check (status in
               ('in-use', 'after-sign-off', 'optional', 'not-for-use', 'hold')),
    origin     text not null constraint rule_set_version_origin check (origin in ('bundled', 'site', 'import')),
    source     text not null,
    canonical  bytea not null,
    hash       bytea not null constraint rule_set_version_hash_unique unique,
    loaded_at  timestamptz not null,
    constraint rule_set_version_unique unique (rule_set, version)
);
comment on column rule_set_version.hash is 'SHA-256 of the canonical JSON: the identity. The number is for people.';

create table rule_approval (
    rule_set_version_id uuid not null references rule_set_version,
    ordinal     integer not null,
    approved_by uuid references app_user,
    meaning     text not null,
    approved_at timestamptz not null,
    primary key (rule_set_version_id, ordinal)
);
comment on column rule_approval.approved_by is 'Null: approved by the release that bundles it.';

create table rule_state (
    rule_set_version_id uuid not null references rule_set_version,
    ordinal    integer not null,
    state      text not null constraint rule_state_state check (state in
               ('in_review', 'approved', 'retired', 'recalled')),
    severity   text,
    reason     text,
    changed_by uuid references app_user,
    changed_at timestamptz not null,
    primary key (rule_set_version_id, ordinal)
);

create table protocol_version (
    id         uuid primary key,
    protocol   text not null,
    version    integer not null constraint protocol_version_number check (version > 0),
    title      text not null,
    canonical  bytea not null,
    hash       bytea not null constraint protocol_version_hash_unique unique,
    loaded_at  timestamptz not null,
    constraint protocol_version_unique unique (protocol, version)
);

create table protocol_rule_set (
    protocol_version_id uuid not null references protocol_version,
    position            integer not null,
    rule_set_version_id uuid not null references rule_set_version,
    primary key (protocol_version_id, position)
);

create table protocol_activation (
    site_id             uuid not null references site,
    active_from         timestamptz not null,
    ordinal             integer not null,
    protocol_version_id uuid not null references protocol_version,
    activated_by        uuid references app_user,
    activated_at        timestamptz not null,
    primary key (site_id, active_from, ordinal)
);
comment on table protocol_activation is 'In force at t: the greatest active_from up to t, on a tie the later ordinal.';

create table case_counter (
    site_id uuid not null references site,
    year    integer not null,
    last    integer not null,
    primary key (site_id, year)
);

create table mdt_case (
    site_id     uuid not null references site,
    id          uuid not null constraint mdt_case_id_unique unique,
    number      text not null constraint mdt_case_number_unique unique,
    patient_id  uuid not null,
    state       text not null constraint mdt_case_state check (state in ('open', 'closed')),
    state_code  text,
    protocol_version_id uuid references protocol_version,
    opened_at   timestamptz not null,
    row_version integer not null default 1,
    primary key (site_id, id),
    foreign key (site_id, patient_id) references patient (site_id, id)
);
comment on table mdt_case is 'One spinal-metastasis episode ("case" is reserved in SQL).';
comment on column mdt_case.protocol_version_id is 'Pinned by the first assessment; moves only when a person asks.';
create index mdt_case_patient on mdt_case (site_id, patient_id);

create table referral (
    site_id           uuid not null,
    id                uuid not null constraint referral_id_unique unique,
    case_id           uuid not null,
    ordinal           integer not null,
    sender_user_id    uuid not null references app_user,
    sender_site_id    uuid not null references site,
    addressed_site_id uuid not null references site,
    urgency           text not null constraint referral_urgency check (urgency in ('U1', 'U2', 'U3', 'U4', 'U5')),
    document          bytea not null,
    hash              bytea not null,
    sent_at           timestamptz not null,
    primary key (site_id, id),
    constraint referral_ordinal unique (site_id, case_id, ordinal),
    foreign key (site_id, case_id) references mdt_case (site_id, id)
);
comment on table referral is 'One request to a meeting, locked as sent.';
create index referral_sender on referral (sender_user_id);
create index referral_addressed_elsewhere on referral (addressed_site_id) where addressed_site_id <> site_id;

create table referral_state (
    site_id     uuid not null,
    referral_id uuid not null,
    case_id     uuid not null,
    ordinal     integer not null,
    state       text not null constraint referral_state_state check (state in
                ('received', 'accepted', 'returned', 'redirected', 'withdrawn')),
    reason      text,
    to_site_id  uuid references site,
    changed_by  uuid not null references app_user,
    changed_at  timestamptz not null,
    primary key (site_id, referral_id, ordinal),
    constraint referral_state_to_site check ((to_site_id is not null) = (state = 'redirected')),
    foreign key (site_id, referral_id) references referral (site_id, id)
);
comment on column referral_state.to_site_id is 'The site that answers from now on, of a redirection.';
create index referral_state_redirected on referral_state (to_site_id) where to_site_id is not null;

create table referral_amendment (
    site_id     uuid not null,
    referral_id uuid not null,
    case_id     uuid not null,
    ordinal     integer not null,
    text        text not null,
    reason      text not null,
    amended_by  uuid not null references app_user,
    amended_at  timestamptz not null,
    primary key (site_id, referral_id, ordinal),
    foreign key (site_id, referral_id) references referral (site_id, id)
);

create table referral_urgency (
    site_id     uuid not null,
    referral_id uuid not null,
    case_id     uuid not null,
    ordinal     integer not null constraint referral_urgency_positive check (ordinal > 0),
    urgency     text not null constraint referral_urgency_class check (urgency in ('U1', 'U2', 'U3', 'U4', 'U5')),
    reason_code text not null constraint referral_urgency_reason check (reason_code in
                ('new_sign', 'imaging', 'reassessed', 'entered_wrongly', 'other')),
    words       text,
    since       timestamptz,
    changed_by  uuid not null references app_user,
    changed_at  timestamptz not null,
    primary key (site_id, referral_id, ordinal),
    foreign key (site_id, referral_id) references referral (site_id, id)
);
comment on table referral_urgency is 'Classes of urgency after the one that was sent; the highest ordinal counts.';
comment on column referral_urgency.since is 'Start of the clock of a raised class; null: it runs as the referral says.';

create view referral_now with (security_invoker = true) as
    select r.site_id, r.id, r.case_id, r.ordinal, r.sender_user_id, r.sender_site_id, r.document, r.sent_at,
           coalesce(u.urgency, r.urgency) as urgency, u.since as urgent_since, coalesce(u.ordinal, 0) as urgency_ordinal,
           s.state, s.ordinal as state_ordinal,
           coalesce((select t.to_site_id from referral_state t
                      where t.site_id = r.site_id and t.referral_id = r.id and t.to_site_id is not null
                      order by t.ordinal desc limit 1), r.addressed_site_id) as addressed_site_id
      from referral r
      join lateral (select l.state, l.ordinal from referral_state l
                     where l.site_id = r.site_id and l.referral_id = r.id
                     order by l.ordinal desc limit 1) s on true
      left join lateral (select c.urgency, c.since, c.ordinal from referral_urgency c
                          where c.site_id = r.site_id and c.referral_id = r.id
                          order by c.ordinal desc limit 1) u on true;
comment on view referral_now is
    'A referral as it stands: its latest state, its urgency, and the site that it is addressed to now.';
grant select on referral_now to spineboard_app, spineboard_auditor;

create table lesion (
    site_id  uuid not null,
    id       uuid not null constraint lesion_id_unique unique,
    case_id  uuid not null,
    level    text not null,
    added_at timestamptz not null,
    primary key (site_id, id),
    constraint lesion_level_unique unique (site_id, case_id, level),
    foreign key (site_id, case_id) references mdt_case (site_id, id)
);
comment on table lesion is 'Identity of a level of a case; its facts stand in assessments.';

create table assessment (
    site_id      uuid not null,
    id           uuid not null constraint assessment_id_unique unique,
    case_id      uuid not null,
    ordinal      integer not null constraint assessment_ordinal_positive check (ordinal > 0),
    base_ordinal integer,
    document     bytea not null,
    hash         bytea not null,
    histology    text,
    kps          integer,
    frankel      text,
    worst_escc   text,
    deficit_course text,
    cord_at_risk boolean not null,
    assessed_at  timestamptz not null,
    recorded_by  uuid not null references app_user,
    recorded_at  timestamptz not null,
    primary key (site_id, id),
    constraint assessment_ordinal unique (site_id, case_id, ordinal),
    foreign key (site_id, case_id) references mdt_case (site_id, id)
);
comment on table assessment is 'Immutable set of all facts of a case; the highest ordinal is current.';
comment on column assessment.document is 'Canonical JSON, the exact bytes that were hashed (jsonb would reorder them).';
comment on column assessment.worst_escc is 'By the rule set of that name when the assessment was saved; with a lesion ungraded the least grade that it can be.';
comment on column assessment.cord_at_risk is 'By the rule set of that name when the assessment was saved: what lists and banners show.';

create table evaluation (
    site_id             uuid not null,
    id                  uuid not null constraint evaluation_id_unique unique,
    case_id             uuid not null,
    assessment_id       uuid not null,
    protocol_version_id uuid not null references protocol_version,
    engine              integer not null,
    document            bytea not null,
    hash                bytea not null,
    made_by             uuid references app_user,
    made_at             timestamptz not null,
    primary key (site_id, id),
    constraint evaluation_unique unique (site_id, assessment_id, protocol_version_id, engine),
    foreign key (site_id, assessment_id) references assessment (site_id, id)
);
comment on table evaluation is 'One assessment under one protocol version by one engine number: same three, same row.';

create table evaluation_result (
    site_id       uuid not null,
    evaluation_id uuid not null,
    case_id       uuid not null,
    rule_set      text not null,
    level         text not null default '',
    version       integer not null,
    total_min     integer,
    total_max     integer,
    totals        integer[],
    bands         text[] not null default '{}',
    grades        text[] not null default '{}',
    primary key (site_id, evaluation_id, rule_set, level),
    foreign key (site_id, evaluation_id) references evaluation (site_id, id)
);
comment on table evaluation_result is 'A row a rule set and lesion, for queries; the document is the authority.';

-- ── meetings ─────────────────────────────────────────────────────────────────────────────────────

create table meeting_series (
    site_id     uuid not null references site,
    id          uuid not null constraint meeting_series_id_unique unique,
    name        text not null,
    row_version integer not null default 1,
    primary key (site_id, id)
);

create table meeting (
    site_id     uuid not null references site,
    id          uuid not null constraint meeting_id_unique unique,
    series_id   uuid,
    name        text not null,
    starts_at   timestamptz not null,
    ends_at     timestamptz not null constraint meeting_ends_after_start check (ends_at > starts_at),
    place       text,
    capacity    integer constraint meeting_capacity check (capacity between 1 and 60),
    state       text not null constraint meeting_state check (state in
                ('planned', 'frozen', 'in_session', 'closed', 'signed', 'cancelled')),
    opened_at   timestamptz,
    closed_at   timestamptz,
    row_version integer not null default 1,
    primary key (site_id, id),
    foreign key (site_id, series_id) references meeting_series (site_id, id)
);
comment on column meeting.capacity is 'How many cases there is time for: shown, never enforced.';
create index meeting_start on meeting (site_id, starts_at);

create table meeting_duty (
    site_id    uuid not null,
    meeting_id uuid not null,
    user_id    uuid not null references app_user,
    duty       text not null constraint meeting_duty_duty check (duty in ('chair', 'scribe', 'nominated_clinician', 'presenter', 'deputy')),
    since      timestamptz not null,
    ended_at   timestamptz,
    primary key (site_id, meeting_id, user_id, duty, since),
    foreign key (site_id, meeting_id) references meeting (site_id, id)
);

create table agenda_item (
    site_id     uuid not null,
    id          uuid not null constraint agenda_item_id_unique unique,
    meeting_id  uuid not null,
    case_id     uuid not null,
    position    integer not null,
    state       text not null constraint agenda_item_state check (state in
                ('proposed', 'listed', 'ready', 'open', 'decided', 'soc_noted', 'deferred', 'struck_off',
                 'rolled_over', 'corrected', 'removed')),
    reason      text,
    listed_by   uuid not null references app_user,
    listed_at   timestamptz not null,
    row_version integer not null default 1,
    primary key (site_id, id),
    constraint agenda_item_case_once unique (meeting_id, case_id),
    foreign key (site_id, meeting_id) references meeting (site_id, id),
    foreign key (site_id, case_id) references mdt_case (site_id, id)
);
create unique index agenda_item_one_open on agenda_item (site_id, case_id)
    where state in ('proposed', 'listed', 'ready', 'open');
comment on index agenda_item_one_open is 'A case is on one open agenda at a time.';
create index agenda_item_meeting on agenda_item (site_id, meeting_id, position);

-- ── decisions ────────────────────────────────────────────────────────────────────────────────────

create table decision (
    site_id        uuid not null,
    id             uuid not null constraint decision_id_unique unique,
    case_id        uuid not null,
    ordinal        integer not null,
    agenda_item_id uuid,
    recorded_at    timestamptz not null,
    primary key (site_id, id),
    constraint decision_ordinal unique (site_id, case_id, ordinal),
    constraint decision_item unique (site_id, agenda_item_id),
    foreign key (site_id, case_id) references mdt_case (site_id, id),
    foreign key (site_id, agenda_item_id) references agenda_item (site_id, id)
);
comment on table decision is 'What one presentation decided; its signed versions are 1, 2, …';

create table decision_draft (
    site_id       uuid not null,
    decision_id   uuid not null,
    case_id       uuid not null,
    version       integer not null,
    state         text not null constraint decision_draft_state check (state in ('draft', 'read_back', 'confirmed', 'discarded')),
    evaluation_id uuid not null,
    drafted_assessment integer not null,
    fields        bytea not null,
    document      bytea,
    sentence      text,
    reason_code   text,
    reason_words  text,
    recorded_by   uuid not null references app_user,
    recorded_at   timestamptz not null,
    read_back_by  uuid references app_user,
    read_back_at  timestamptz,
    confirmed_by  uuid references app_user,
    confirmed_at  timestamptz,
    row_version   integer not null default 1,
    primary key (site_id, decision_id),
    foreign key (site_id, decision_id) references decision (site_id, id),
    foreign key (site_id, evaluation_id) references evaluation (site_id, id)
);
create unique index decision_draft_one_open on decision_draft (site_id, case_id) where state <> 'discarded';
comment on table decision_draft is 'One a decision; gone when signed.';
comment on index decision_draft_one_open is 'A case has one unsigned decision at a time.';
comment on column decision_draft.drafted_assessment is
    'Ordinal of the assessment on which the draft was begun; evaluation_id is that of the current one when it was last recorded.';
comment on column decision_draft.fields is 'The form as typed, so that nothing is lost while it does not yet validate.';

create table decision_version (
    site_id       uuid not null,
    id            uuid not null constraint decision_version_id_unique unique,
    decision_id   uuid not null,
    case_id       uuid not null,
    version       integer not null constraint decision_version_positive check (version > 0),
    evaluation_id uuid not null,
    outcome_kind  text not null,
    document      bytea not null,
    hash          bytea not null,
    sentence      text not null,
    supersedes    integer,
    reason_code   text,
    reason_words  text,
    recorded_by   uuid not null references app_user,
    recorded_at   timestamptz not null,
    confirmed_by  uuid not null references app_user,
    confirmed_at  timestamptz not null,
    signed_at     timestamptz not null,
    primary key (site_id, id),
    constraint decision_version_unique unique (site_id, decision_id, version),
    foreign key (site_id, decision_id) references decision (site_id, id),
    foreign key (site_id, evaluation_id) references evaluation (site_id, id)
);
comment on table decision_version is 'A signed version: the exact bytes that were signed. Amendments supersede, nothing is overwritten.';

create table decision_signature (
    site_id             uuid not null,
    decision_version_id uuid not null,
    case_id             uuid not null,
    signer_id           uuid not null references app_user,
    meaning             text not null,
    method              text not null,
    signed_at           timestamptz not null,
    event_id            uuid not null,
    primary key (site_id, decision_version_id, signer_id),
    foreign key (site_id, decision_version_id) references decision_version (site_id, id)
);

create table decision_void (
    site_id     uuid not null,
    decision_id uuid not null,
    case_id     uuid not null,
    version     integer not null,
    ordinal     integer not null constraint decision_void_two check (ordinal in (1, 2)),
    reason_code text not null constraint decision_void_reason check (reason_code in ('entered_for_wrong_patient', 'test')),
    words       text not null,
    asked_by    uuid not null references app_user,
    asked_at    timestamptz not null,
    primary key (site_id, decision_id, version, ordinal),
    constraint decision_void_two_persons unique (site_id, decision_id, version, asked_by),
    foreign key (site_id, decision_id, version) references decision_version (site_id, decision_id, version)
);
comment on table decision_void is 'Voiding takes two persons: the first row asks, the second voids.';
comment on column decision_void.version is 'The signed version that both were about: a request ends with the amendment of that version.';

create table action (
    site_id             uuid not null,
    id                  uuid not null constraint action_id_unique unique,
    case_id             uuid not null,
    decision_version_id uuid not null,
    text                text not null,
    owner_id            uuid references app_user,
    due                 date,
    added_at            timestamptz not null,
    primary key (site_id, id),
    foreign key (site_id, decision_version_id) references decision_version (site_id, id)
);

create table action_state (
    site_id    uuid not null,
    action_id  uuid not null,
    case_id    uuid not null,
    ordinal    integer not null,
    state      text not null constraint action_state_state check (state in ('open', 'done', 'superseded')),
    changed_by uuid not null references app_user,
    changed_at timestamptz not null,
    primary key (site_id, action_id, ordinal),
    foreign key (site_id, action_id) references action (site_id, id)
);

-- ── forms and commands ───────────────────────────────────────────────────────────────────────────

create table form_draft (
    user_id    uuid not null references app_user,
    form       text not null,
    object     text not null,
    base       text,
    fields     bytea not null,
    created_at timestamptz not null,
    saved_at   timestamptz not null,
    row_version integer not null default 1,
    primary key (user_id, form, object)
);
comment on table form_draft is 'What somebody typed and has not sent: values as typed, never passwords; 14 days after the last save.';

create table command_receipt (
    actor_id   uuid not null,
    command_id uuid not null,
    body_hash  bytea not null,
    event_id   uuid,
    location   text,
    received_at timestamptz not null,
    primary key (actor_id, command_id)
);
comment on table command_receipt is 'Written first by every command: a second sending waits for it and gets the first answer. 30 days.';

create table job (
    kind        text not null,
    key         text not null,
    run_at      timestamptz not null,
    leased_until timestamptz,
    attempts    integer not null default 0,
    last_error  text,
    primary key (kind, key)
);

-- ── audit ledger ─────────────────────────────────────────────────────────────────────────────────

create table audit_event (
    site_id    uuid not null references site,
    id         uuid not null constraint audit_event_id_unique unique,
    at         timestamptz not null,
    kind       text not null,
    actor_id   uuid,
    case_id    uuid,
    patient_id uuid,
    outcome    text not null constraint audit_event_outcome check (outcome in ('done', 'denied', 'failed')),
    document   bytea not null,
    leaf_hash  bytea not null,
    primary key (site_id, id)
);
comment on table audit_event is 'Ids and codes only; the document is the canonical JSON whose hash is the leaf.';
create index audit_event_case on audit_event (site_id, case_id, at) where case_id is not null;
create index audit_event_at on audit_event (site_id, at);

create table audit_payload (
    site_id  uuid not null,
    event_id uuid not null,
    salt     bytea,
    document bytea,
    erased_at timestamptz,
    primary key (site_id, event_id),
    foreign key (site_id, event_id) references audit_event (site_id, id),
    constraint audit_payload_whole_or_erased check ((document is null) = (erased_at is not null))
);
comment on table audit_payload is 'What may have to be erased one day; the event holds a salted commitment to it.';

create table audit_leaf (
    site_id  uuid not null,
    index    bigint not null constraint audit_leaf_index check (index >= 0),
    event_id uuid not null,
    primary key (site_id, index),
    constraint audit_leaf_event unique (site_id, event_id),
    foreign key (site_id, event_id) references audit_event (site_id, id)
);
comment on table audit_leaf is 'The place of an event in its site''s Merkle tree (RFC 6962).';

create table audit_checkpoint (
    site_id   uuid not null references site,
    number    bigint not null constraint audit_checkpoint_number check (number > 0),
    size      bigint not null,
    root      bytea not null,
    frontier  bytea not null,
    note      text not null,
    sealed_at timestamptz not null,
    primary key (site_id, number),
    constraint audit_checkpoint_grows unique (site_id, size)
);
comment on column audit_checkpoint.frontier is 'Roots of the complete subtrees, so that the next leaves are added without reading the tree.';

create table ledger_key (
    id         uuid primary key,
    verifier   text not null constraint ledger_key_verifier_unique unique,
    since      timestamptz not null
);
comment on table ledger_key is 'Public halves only; the signing key lies in a file, never in the database.';

-- ── grants, policies ─────────────────────────────────────────────────────────────────────────────

do $$
declare name text;
begin
    foreach name in array array[
        'installation', 'site_setting', 'referral', 'referral_state', 'referral_urgency', 'referral_amendment', 'lesion',
        'assessment', 'evaluation', 'evaluation_result', 'rule_set_version', 'rule_approval', 'rule_state',
        'protocol_version', 'protocol_rule_set', 'protocol_activation', 'decision', 'decision_version', 'decision_signature',
        'decision_void', 'action', 'action_state', 'audit_event', 'audit_leaf', 'audit_checkpoint', 'ledger_key']
    loop
        call make_append_only(name::regclass);
    end loop;
    foreach name in array array[
        'site', 'membership', 'patient', 'patient_identifier', 'case_counter', 'mdt_case', 'meeting_series', 'meeting',
        'meeting_duty', 'agenda_item', 'decision_draft', 'job']
    loop
        call make_mutable(name::regclass);
    end loop;
    foreach name in array array['app_user', 'password_attempt', 'session', 'form_draft', 'command_receipt']
    loop
        call make_private(name::regclass);
    end loop;
    foreach name in array array['patient', 'patient_identifier', 'meeting_series', 'meeting', 'meeting_duty']
    loop
        call guard_by_site(name::regclass);
    end loop;
    foreach name in array array[
        'referral', 'referral_state', 'referral_urgency', 'referral_amendment', 'lesion', 'assessment', 'evaluation',
        'evaluation_result', 'agenda_item', 'decision', 'decision_draft', 'decision_version', 'decision_signature', 'decision_void', 'action',
        'action_state']
    loop
        call guard_by_site_or_case(name::regclass, 'case_id');
    end loop;
    call guard_by_site_or_case('mdt_case'::regclass, 'id');
end $$;

-- Who is who, but no hash of a password.
grant select (id, email, display_name, home_site_id, active, theme, text_size, shortcuts, password_set_at, row_version)
    on app_user to spineboard_auditor;

create policy of_patient on patient for select
    using (id = any ((select nullif(current_setting('spineboard.patients', true), '')::uuid[])::uuid[]));
create policy of_patient on patient_identifier for select
    using (patient_id = any ((select nullif(current_setting('spineboard.patients', true), '')::uuid[])::uuid[]));

-- Everybody may append to any log (a refusal is written to the actor's home log); nobody reads a log outside the permit.
alter table audit_event enable row level security;
alter table audit_event force row level security;
create policy of_site on audit_event for select
    using (site_id = any ((select nullif(current_setting('spineboard.sites', true), '')::uuid[])::uuid[]));
create policy of_case on audit_event for select
    using (case_id = any ((select nullif(current_setting('spineboard.cases', true), '')::uuid[])::uuid[]));
create policy append on audit_event for insert with check (true);

grant select, insert on audit_payload to spineboard_app;
grant select on audit_payload to spineboard_auditor;
alter table audit_payload enable row level security;
alter table audit_payload force row level security;
create policy of_site on audit_payload for select
    using (site_id = any ((select nullif(current_setting('spineboard.sites', true), '')::uuid[])::uuid[]));
create policy append on audit_payload for insert with check (true);
create trigger append_only before delete on audit_payload for each row execute function refuse_change();
create trigger append_only_truncate before truncate on audit_payload for each statement execute function refuse_change();

create function refuse_other_than_erasure() returns trigger
    language plpgsql as $$
begin
    if old.erased_at is not null or new.erased_at is null or new.document is not null or new.salt is not null
       or (new.site_id, new.event_id) is distinct from (old.site_id, old.event_id) then
        raise exception 'a payload can only be erased' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger only_erasure before update on audit_payload for each row execute function refuse_other_than_erasure();

alter table form_draft enable row level security;
alter table form_draft force row level security;
create policy of_user on form_draft
    using (user_id = (select nullif(current_setting('spineboard.user_id', true), '')::uuid));

alter table command_receipt enable row level security;
alter table command_receipt force row level security;
create policy of_user on command_receipt
    using (actor_id = (select nullif(current_setting('spineboard.user_id', true), '')::uuid));

-- What is purged or goes with its state: the only deletes the program may do.
grant delete on session, password_attempt, form_draft, command_receipt, job, decision_draft, patient_identifier to spineboard_app;

-- A sender follows what they sent, and a site finds what is addressed to it: the referral leads to the
-- case, which the permit then names.
create policy of_sender on referral for select
    using (sender_user_id = (select nullif(current_setting('spineboard.user_id', true), '')::uuid));
create policy of_addressed on referral for select
    using (addressed_site_id = any ((select nullif(current_setting('spineboard.sites', true), '')::uuid[])::uuid[]));
create policy of_addressed on referral_state for select
    using (to_site_id = any ((select nullif(current_setting('spineboard.sites', true), '')::uuid[])::uuid[]));
-- They answer in a case that the permit names.
create policy answer on referral_state for insert
    with check (case_id = any ((select nullif(current_setting('spineboard.cases', true), '')::uuid[])::uuid[]));
create policy answer on referral_urgency for insert
    with check (case_id = any ((select nullif(current_setting('spineboard.cases', true), '')::uuid[])::uuid[]));
