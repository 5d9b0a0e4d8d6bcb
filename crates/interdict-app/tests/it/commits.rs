//! Writes: concurrent, refused, repeated, stopped.

use std::sync::atomic::Ordering;

use interdict_app::{Error, Service};
use interdict_model::action::Status;
use interdict_model::app::AppCommand;
use interdict_model::version::Precondition;
use interdict_model::{ActionId, AppId, Permission, Refusal};
use uuid::Uuid;

use crate::support::{Fixture, becoming, caller, caller_with, filing, scope};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_writers_of_many_tenants_all_get_their_commits_in_unbroken_chains() {
    let fixture = Fixture::new().await;
    let writers: Vec<_> = (0..64_u128)
        .map(|writer| {
            let service = fixture.service.clone();
            tokio::spawn(async move {
                let caller = caller(writer % 5);
                for _ in 0..5 {
                    let filed = service.create_action(&caller, filing(None), false).await.unwrap();
                    let running = service
                        .update_action(
                            &caller,
                            filed.id,
                            becoming(Status::Running),
                            Precondition::None,
                            false,
                        )
                        .await
                        .unwrap();
                    assert!(running.version.sequence > filed.version.sequence);
                    let read = service.get_action(&caller, filed.id).await.unwrap();
                    assert_eq!(
                        (read.version, &*read.document),
                        (running.version, running.document.as_bytes())
                    );
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let report = fixture.store.verify().await.unwrap();
    assert_eq!((report.tenants, report.entries, report.actions, report.fault), (5, 640, 320, None));
    let (batches, commands) =
        (fixture.commits.batches.load(Ordering::Relaxed), fixture.commits.commands.load(Ordering::Relaxed));
    assert_eq!(commands, 640);
    assert!(batches < commands, "nothing was batched");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filings_repeated_at_once_make_one_action() {
    let fixture = Fixture::new().await;
    let filings: Vec<_> = (0..40)
        .map(|_| {
            let service = fixture.service.clone();
            tokio::spawn(async move {
                service.create_action(&caller(1), filing(Some("ticket")), false).await.unwrap()
            })
        })
        .collect();
    let mut answers = Vec::new();
    for filing in filings {
        answers.push(filing.await.unwrap());
    }
    assert!(answers.iter().all(|answer| answer.id == answers[0].id));
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert_eq!(fixture.store.verify().await.unwrap().actions, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_commands_write_nothing_and_disturb_no_neighbour() {
    let fixture = Fixture::new().await;
    let commands: Vec<_> = (0..60_u128)
        .map(|number| {
            let service = fixture.service.clone();
            tokio::spawn(async move {
                if number % 2 == 0 {
                    return service.create_action(&caller(1), filing(None), false).await.map(drop);
                }
                let nowhere = ActionId(Uuid::from_u128(u128::MAX - number));
                service.cancel_action(&caller(1), nowhere, Precondition::None, None).await
            })
        })
        .collect();
    for (number, command) in commands.into_iter().enumerate() {
        match command.await.unwrap() {
            Ok(()) => assert_eq!(number % 2, 0),
            Err(Error::Refused(Refusal::NotFound(_))) => assert_eq!(number % 2, 1),
            Err(other) => panic!("{other:?}"),
        }
    }
    let report = fixture.store.verify().await.unwrap();
    assert_eq!((report.entries, report.actions, report.fault), (30, 30, None));
}

#[tokio::test]
async fn another_tenants_action_looks_missing() {
    let fixture = Fixture::new().await;
    let filed = fixture.service.create_action(&caller(1), filing(None), false).await.unwrap();
    let stranger = caller(2);
    let not_found = |outcome: Result<(), Error>| {
        assert!(matches!(outcome, Err(Error::Refused(Refusal::NotFound(_)))), "{outcome:?}");
    };
    let Fixture { service, .. } = &fixture;
    not_found(service.get_action(&stranger, filed.id).await.map(drop));
    not_found(service.cancel_action(&stranger, filed.id, Precondition::None, None).await);
    not_found(service.delete_action(&stranger, filed.id, Precondition::None).await);
    let update = becoming(Status::Failed);
    not_found(service.update_action(&stranger, filed.id, update, Precondition::None, false).await.map(drop));
    assert_eq!(service.get_action(&caller(1), filed.id).await.unwrap().version, filed.version);
}

#[tokio::test]
async fn each_use_case_asks_for_its_permission() {
    let fixture = Fixture::new().await;
    let Fixture { service, .. } = &fixture;
    let filed = service.create_action(&caller(1), filing(None), false).await.unwrap();
    let reader = caller_with(1, &[Permission::ActionsRead]);
    service.get_action(&reader, filed.id).await.unwrap();
    let denied = |outcome: Result<(), Error>| {
        assert!(matches!(outcome, Err(Error::Denied([Permission::ActionsReadWrite]))), "{outcome:?}");
    };
    for powerless in [reader, caller_with(1, &[Permission::ActionsProvenance, Permission::ActionsExecute])] {
        denied(service.create_action(&powerless, filing(None), false).await.map(drop));
        denied(service.cancel_action(&powerless, filed.id, Precondition::None, None).await);
        denied(service.delete_action(&powerless, filed.id, Precondition::None).await);
        let update = becoming(Status::Failed);
        denied(
            service.update_action(&powerless, filed.id, update, Precondition::None, false).await.map(drop),
        );
    }
    let nobody = caller_with(1, &[Permission::AuditRead]);
    assert!(matches!(service.get_action(&nobody, filed.id).await, Err(Error::Denied(any)) if any.len() == 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_commits_what_waits_and_refuses_what_comes_later() {
    let fixture = Fixture::new().await;
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            let service = fixture.service.clone();
            tokio::spawn(async move { service.create_action(&caller(1), filing(None), false).await })
        })
        .collect();
    fixture.service.stop().await;
    let mut acknowledged = 0;
    for command in waiting {
        match command.await.unwrap() {
            Ok(_) => acknowledged += 1,
            Err(Error::Unavailable(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(fixture.store.verify().await.unwrap().actions, acknowledged);
    assert!(!fixture.service.unready().is_empty());
    let late = fixture.service.create_action(&caller(1), filing(None), false).await;
    assert!(matches!(late, Err(Error::Unavailable(_))), "{late:?}");
}

#[tokio::test]
async fn a_damaged_row_fails_its_own_commands_alone() {
    let fixture = Fixture::new().await;
    let service: &Service = &fixture.service;
    let sick = service.create_action(&caller(1), filing(None), false).await.unwrap().id;
    let sound = service.create_action(&caller(1), filing(None), false).await.unwrap().id;
    fixture.home().tamper("UPDATE action SET doc = '{' WHERE sequence = 1");
    let caller = caller(1);
    let (of_sick, of_sound) = tokio::join!(
        service.cancel_action(&caller, sick, Precondition::None, None),
        service.cancel_action(&caller, sound, Precondition::None, None),
    );
    assert!(matches!(of_sick, Err(Error::Internal(_))), "{of_sick:?}");
    of_sound.unwrap();
}

#[tokio::test]
async fn operators_add_rotate_and_remove_apps() {
    let fixture = Fixture::new().await;
    let service: &Service = &fixture.service;
    let tenant = scope(1).tenant();
    let app = AppId("11111111-1111-4111-8111-111111111111".into());
    let add = AppCommand::Add {
        app: app.clone(),
        name: "soc".to_owned(),
        roles: vec!["SecurityActions.Read.All".to_owned()],
        secret_hash: "one".to_owned(),
    };
    service.change_app(tenant, add).await.unwrap().expect("an added app is answered");
    let rotate = AppCommand::Rotate { app: app.clone(), secret_hash: "two".to_owned() };
    service.change_app(tenant, rotate).await.unwrap();
    assert_eq!(service.app(scope(1), &app).await.unwrap().unwrap().secret_hash, "two");
    assert_eq!(service.apps(scope(2)).await.unwrap(), []);
    assert_eq!(service.change_app(tenant, AppCommand::Remove { app: app.clone() }).await.unwrap(), None);
    assert_eq!(service.app(scope(1), &app).await.unwrap(), None);
    assert_eq!(fixture.store.verify().await.unwrap().fault, None);
}
