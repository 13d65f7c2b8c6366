//! What the user pool knows about a user.

use std::collections::BTreeMap;

use crate::{Error, UserPool};

/// A user is in so many groups at most: what Amazon Cognito allows.
const MAX_GROUPS: usize = 100;

impl UserPool {
    /// The attributes of the user whose access token this is. It must have been given for
    /// `aws.cognito.signin.user.admin`, as the tokens of a sign-in by password are.
    ///
    /// # Errors
    /// [`Error::Refused`] for a token that has ended, was taken back or is not for this.
    pub async fn attributes(&self, access_token: &str) -> Result<BTreeMap<String, String>, Error> {
        let request = self.client().await.get_user().access_token(access_token);
        let answer = request.send().await?;
        let named = answer.user_attributes.into_iter();
        Ok(named.filter_map(|attribute| Some((attribute.name, attribute.value?))).collect())
    }

    /// The groups of the user of this name. It takes permission of IAM.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is no such user any more.
    pub async fn groups(&self, name: &str) -> Result<Vec<String>, Error> {
        let request = self.client().await.admin_list_groups_for_user();
        let request = request.user_pool_id(&self.id).username(name);
        let mut pages = request.into_paginator().send();
        let mut groups = Vec::new();
        while let Some(page) = pages.next().await {
            let listed = page?.groups.unwrap_or_default().into_iter();
            groups.extend(listed.filter_map(|group| group.group_name));
            if groups.len() > MAX_GROUPS {
                return Err(Error::Unavailable { code: "more than 100 groups".to_owned() });
            }
        }
        Ok(groups)
    }
}
